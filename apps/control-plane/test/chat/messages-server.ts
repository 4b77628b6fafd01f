import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { checkRequest, type MessagesRequest } from './messages-rules.ts';

/** One scripted answer of the server. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** Bytes per write; the whole body at once unless told. */
  readonly chunkBytes?: number;
  /** Break the socket after the body instead of ending it. */
  readonly cut?: boolean;
  /** Keep the socket open and silent after the body. */
  readonly hang?: boolean;
}

export interface MessagesServer {
  readonly url: string;
  readonly requests: readonly MessagesRequest[];
  /** Resolves when a client has closed an answer before its end. */
  readonly abandoned: Promise<void>;
  script(...answers: readonly Answer[]): void;
  close(): Promise<void>;
}

export const API_KEY = 'test-key-for-the-scripted-server';

function errorBody(type: string, message: string): string {
  return JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_scripted' });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function headerProblem({ method, url, headers }: IncomingMessage): string | null {
  if (method !== 'POST' || url !== '/v1/messages') return `unexpected ${method} ${url}`;
  if (headers['x-api-key'] !== API_KEY) return 'wrong x-api-key';
  if (headers.authorization !== undefined) return 'two kinds of credentials';
  if (headers['anthropic-version'] !== '2026-10-21') return 'wrong anthropic-version';
  if (!headers['content-type']?.startsWith('application/json')) return 'wrong content-type';
  return null;
}

async function send(response: ServerResponse, answer: Answer): Promise<void> {
  const status = answer.status ?? 200;
  const type = status === 200 ? 'text/event-stream; charset=utf-8' : 'application/json';
  response.writeHead(status, {
    'content-type': type,
    'request-id': 'req_scripted',
    ...answer.headers,
  });
  const bytes = Buffer.from(answer.body, 'utf8');
  const size = answer.chunkBytes ?? Math.max(1, bytes.length);
  for (let at = 0; at < bytes.length; at += size) {
    if (!response.write(bytes.subarray(at, at + size))) await once(response, 'drain');
    if (size < bytes.length) await new Promise((resolve) => setImmediate(resolve));
  }
  if (answer.cut) response.destroy();
  else if (!answer.hang) response.end();
}

/** startMessagesServer replays answers byte for byte and refuses every request that the real API would refuse. */
export async function startMessagesServer(): Promise<MessagesServer> {
  const requests: MessagesRequest[] = [];
  const answers: Answer[] = [];
  let abandon: () => void = () => {};
  const abandoned = new Promise<void>((resolve) => (abandon = resolve));

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('close', () => {
      if (!response.writableFinished) abandon();
    });
    const body: unknown = JSON.parse(await readBody(request));
    const problem = headerProblem(request);
    if (problem)
      return send(response, { status: 401, body: errorBody('authentication_error', problem) });
    const checked = checkRequest(body);
    if ('problem' in checked)
      return send(response, {
        status: 400,
        body: errorBody('invalid_request_error', checked.problem),
      });
    requests.push(checked.request);
    const answer = answers.shift();
    return send(
      response,
      answer ?? {
        status: 400,
        body: errorBody('invalid_request_error', 'the script has no more answers'),
      },
    );
  }

  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    abandoned,
    script: (...more) => void answers.push(...more),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
