import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';

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

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** sendAnswer writes it byte for byte as scripted. */
export async function sendAnswer(response: ServerResponse, answer: Answer): Promise<void> {
  const status = answer.status ?? 200;
  const isStream = status === 200 && !answer.body.startsWith('{');
  const type = isStream ? 'text/event-stream; charset=utf-8' : 'application/json';
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
