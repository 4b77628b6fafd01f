import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import {
  GitCredentialQuestionSchema,
  MAX_CREDENTIAL_LINE,
} from '@spt-flow/shared/agent-protocol/git-credentials';
import { createLineReader } from '@spt-flow/tunnel/line-reader';
import type { Broker } from './broker.ts';

const MAX_CONNECTIONS = 64;
const SILENCE_LIMIT_MS = 20_000;

/** openCredentialSocket lets git's helper ask: at a file in a directory that no other user can enter, and at no port. */
export async function openCredentialSocket(path: string, broker: Broker): Promise<Server> {
  const server = createServer((socket) => serve(socket, broker));
  server.maxConnections = MAX_CONNECTIONS;
  server.on('error', () => undefined);
  server.listen(path);
  await once(server, 'listening');
  server.unref();
  return server;
}

function serve(socket: Socket, broker: Broker): void {
  const read = createLineReader(MAX_CREDENTIAL_LINE);
  socket.on('error', () => undefined);
  socket.setTimeout(SILENCE_LIMIT_MS, () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    answer(chunk).catch(() => socket.destroy());
  });

  async function answer(chunk: Buffer): Promise<void> {
    const [line] = read(chunk);
    if (line === undefined) return;
    const { id: _, ...question } = GitCredentialQuestionSchema.parse(JSON.parse(line));
    const { credential, reason } = await broker.ask(question);
    if (!socket.destroyed) socket.end(`${JSON.stringify({ id: 1, credential, reason })}\n`);
  }
}
