import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { readBody, sendAnswer, type Answer } from './scripted-answer.ts';
import { checkRequest, type MessagesRequest } from './messages-rules.ts';
import { portOf } from '../support/ports.ts';

export interface MessagesServer {
  readonly url: string;
  readonly requests: readonly MessagesRequest[];
  /** Of all requests, those that were refused included. */
  readonly headers: readonly IncomingHttpHeaders[];
  /** Resolves when a client has closed an answer before its end. */
  readonly abandoned: Promise<void>;
  script(...answers: readonly Answer[]): void;
  close(): Promise<void>;
}

export const API_KEY = 'test-key-for-the-scripted-server';

function errorBody(type: string, message: string): string {
  return JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_scripted' });
}

function headerProblem({ method, url, headers }: IncomingMessage): string | null {
  if (method !== 'POST' || url !== '/v1/messages') return `unexpected ${method} ${url}`;
  if (headers['x-api-key'] !== API_KEY) return 'wrong x-api-key';
  if (headers.authorization !== undefined) return 'two kinds of credentials';
  if (headers['anthropic-version'] !== '2026-10-21') return 'wrong anthropic-version';
  if (!headers['content-type']?.startsWith('application/json')) return 'wrong content-type';
  return null;
}

const MODELS = ['/v1/models/claude-sonnet-5-5', '/v1/models/claude-haiku-4-5-20251001'];

/** As the API describes a model; only its limits matter here. */
function modelInfo(url: string) {
  const id = url.slice('/v1/models/'.length);
  return {
    ...{ type: 'model', id, display_name: id, max_input_tokens: 1_000_000, max_tokens: 128_000 },
    capabilities: { image_input: { supported: true } },
  };
}

/** startMessagesServer replays answers byte for byte and refuses every request that the real API would refuse. */
export async function startMessagesServer(): Promise<MessagesServer> {
  const requests: MessagesRequest[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const answers: Answer[] = [];
  let abandon: () => void = () => {};
  const abandoned = new Promise<void>((resolve) => (abandon = resolve));

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('close', () => {
      if (!response.writableFinished) abandon();
    });
    headers.push(request.headers);
    if (request.method === 'GET' && request.url?.startsWith('/v1/models?'))
      return sendAnswer(response, { body: JSON.stringify({ data: MODELS.map(modelInfo) }) });
    if (request.method === 'GET' && request.url?.startsWith('/v1/models/'))
      return sendAnswer(response, { body: JSON.stringify(modelInfo(request.url)) });
    const body: unknown = JSON.parse(await readBody(request));
    const problem = headerProblem(request);
    if (problem)
      return sendAnswer(response, {
        status: 401,
        body: errorBody('authentication_error', problem),
      });
    const checked = checkRequest(body);
    if ('problem' in checked)
      return sendAnswer(response, {
        status: 400,
        body: errorBody('invalid_request_error', checked.problem),
      });
    requests.push(checked.request);
    const answer = answers.shift();
    return sendAnswer(
      response,
      answer ?? {
        status: 400,
        body: errorBody('invalid_request_error', 'the script has no more answers'),
      },
    );
  }

  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  const port = await portOf(server);

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    headers,
    abandoned,
    script: (...more) => void answers.push(...more),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
