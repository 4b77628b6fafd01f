import { createServer } from 'node:net';
import { AppError } from '@spt-flow/shared/domain/errors';

const FIRST_PORT = 3001;
const LAST_PORT = 3999;

/** chooseAppPort returns the lowest port of the range that no workspace has and nothing on this machine listens on. */
export async function chooseAppPort(
  taken: ReadonlySet<number>,
  isFree: (port: number) => Promise<boolean> = isPortFree,
): Promise<number> {
  for (let port = FIRST_PORT; port <= LAST_PORT; port += 1) {
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new AppError('limit_reached', `All ports from ${FIRST_PORT} to ${LAST_PORT} are taken`);
}

/** Apps listen on loopback; a listener on all addresses takes the port too. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () =>
      server.close(() => resolve(true)),
    );
  });
}
