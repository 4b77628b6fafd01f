import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';

/** openSocket resolves with an open WebSocket or the status that refused it. */
export async function openSocket(
  url: string,
  options: ClientOptions & { protocols?: string[] } = {},
): Promise<WebSocket | number> {
  const { protocols, ...rest } = options;
  const socket = new WebSocket(url.replace(/^http/, 'ws'), protocols ?? [], rest);
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.once('error', reject);
  });
}

/** nextMessage takes the next text message apart. */
export async function nextMessage(socket: WebSocket): Promise<unknown> {
  const [data] = (await once(socket, 'message')) as [Buffer];
  return JSON.parse(data.toString());
}
