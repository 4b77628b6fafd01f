import { createServer } from 'node:net';
import { StartError } from './start-error.ts';

/** claimPort finds out early whether the address can be had, and which port 0 means. */
export async function claimPort(wanted: { port: number; host: string }): Promise<number> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(wanted.port, wanted.host, resolve);
    });
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : wanted.port;
  } catch (cause) {
    throw new StartError(explain(cause, wanted), { cause });
  } finally {
    server.close();
  }
}

function explain(error: unknown, wanted: { port: number; host: string }): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return `Port ${wanted.port} is in use: stop the program that uses it or choose another with --port ${wanted.port + 1}`;
  }
  if (code === 'EACCES')
    return `Port ${wanted.port} may not be used by this account: choose one above 1023 with --port 8080`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `This machine has no address "${wanted.host}": choose another with --host 127.0.0.1`;
  return `Can't listen on ${wanted.host}:${wanted.port} (${error instanceof Error ? error.message : String(error)}): choose another with --host and --port`;
}
