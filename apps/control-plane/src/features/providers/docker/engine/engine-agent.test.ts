import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openEngineElsewhere } from './engine.ts';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';

let folder: string;
let server: Server | undefined;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spt-engine-'));
});
afterEach(async () => {
  server?.close();
  await rm(folder, { recursive: true });
});

/** An engine on a machine that is not trusted, which answers like this. */
async function hostileEngine(answer: (socket: Socket) => void, callLimitMs = 20_000) {
  const socket = path.join(folder, 'engine.sock');
  server = createServer((client) => {
    client.on('error', () => undefined);
    client.once('data', () => answer(client));
  });
  server.listen(socket);
  await once(server, 'listening');
  return openEngineElsewhere({ connect: async () => connect(socket), callLimitMs });
}

it('an answer that never ends is given up before it fills the memory', async () => {
  const engine = await hostileEngine((client) => {
    const more = () => {
      while (!client.destroyed && client.write(Buffer.alloc(1024 * 1024, ' ')));
    };
    client.write(`${HEAD}\r\n`);
    client.on('drain', more);
    more();
  });

  await expect(engine.api.version()).rejects.toThrow('more than can be right');
  expect(engine.awaySince).toBeInstanceOf(Date);
});

it('an answer that breaks off is given up', async () => {
  const engine = await hostileEngine((client) => {
    client.end(`${HEAD}Content-Length: 100\r\n\r\n{`);
  }, 200);

  await expect(engine.api.version()).rejects.toThrow('no answer within 0.2 s');
});

it('a machine that cannot be reached has an engine that does not answer', async () => {
  const connectNowhere = () => Promise.reject(new Error('The server is not connected'));
  const engine = openEngineElsewhere({ connect: connectNowhere });

  await expect(engine.api.ping()).rejects.toMatchObject({ code: 'The server is not connected' });
});
