import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly latenciesMs: readonly number[];
}

interface Load {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly durationMs: number;
}

/** As many clients would: the product limits how much one address may ask, and keeps limiting while it is measured. */
const REQUESTS_PER_ADDRESS = 1_000;
const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * loadHttp asks over kept-alive connections, one request at a time each. It reads no more of HTTP than a
 * content length, because a complete client would cost as much as the server it measures.
 */
export async function loadHttp(load: Load): Promise<LoadResult> {
  const head = Object.entries({ host: load.url.host, ...load.headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const request = `GET ${load.url.pathname} HTTP/1.1\r\n${head.join('')}\r\n`;
  const latenciesMs: number[] = [];
  const startedMs = performance.now();
  const endMs = startedMs + load.durationMs;
  await Promise.all(
    Array.from({ length: load.connections }, () =>
      askUntil(endMs, { url: load.url, request, latenciesMs }),
    ),
  );
  const seconds = (performance.now() - startedMs) / 1_000;
  return { requestsPerSecond: latenciesMs.length / seconds, latenciesMs };
}

async function askUntil(
  endMs: number,
  { url, request, latenciesMs }: { url: URL; request: string; latenciesMs: number[] },
): Promise<void> {
  while (performance.now() < endMs) {
    const socket = connect({
      host: '127.0.0.1',
      port: Number(url.port),
      localAddress: anyAddress(),
      noDelay: true,
    });
    await once(socket, 'connect');
    for (let asked = 0; asked < REQUESTS_PER_ADDRESS && performance.now() < endMs; asked++) {
      const startedMs = performance.now();
      const answered = readAnswer(socket);
      socket.write(request);
      await answered;
      latenciesMs.push(performance.now() - startedMs);
    }
    socket.destroy();
  }
}

/** Any of 127.0.0.0/8, which is all this machine, but not 127.0.0.1, which prepares the measurement. */
function anyAddress(): string {
  return `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
}

function readAnswer(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const finish = (error?: Error) => {
      socket.off('data', onData).off('error', finish).off('close', onClose);
      if (error) reject(error);
      else resolve();
    };
    const onData = (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const headEnd = received.indexOf(HEAD_END);
      if (headEnd < 0) return;
      const head = received.toString('latin1', 0, headEnd);
      if (!head.startsWith('HTTP/1.1 200 '))
        return finish(new Error(`The server answered: ${head}`));
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (received.length >= headEnd + HEAD_END.length + length) finish();
    };
    const onClose = () => finish(new Error('The server closed the connection'));
    socket.on('data', onData).on('error', finish).on('close', onClose);
  });
}
