import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

export const HOST = 'cafe.preview.localhost';

export interface Question {
  readonly path?: string;
  readonly host?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** ask makes one request, over a connection of its own. */
export async function ask(port: number, question: Question): Promise<Answer> {
  const { path = '/', host = HOST, method = 'GET', headers = {}, body } = question;
  const outgoing = request({
    host: '127.0.0.1',
    port,
    path,
    method,
    agent: false,
    headers: { host, ...headers },
  });
  outgoing.end(body);
  const answer = await answerTo(outgoing);
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) };
}

export function answerTo(outgoing: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => outgoing.on('error', reject).once('response', resolve));
}
