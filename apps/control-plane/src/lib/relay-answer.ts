import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * relayAnswer passes the answer of a stranger on. Node reads some that it refuses to write, such as a status below 100:
 * who asked loses the connection then, since nobody else would hear of the error but the whole process.
 */
export function relayAnswer(answer: IncomingMessage, response: ServerResponse): void {
  try {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
  } catch {
    answer.destroy();
    response.destroy();
    return;
  }
  answer.pipe(response);
}
