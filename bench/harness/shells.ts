import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { API_PREFIX } from '@spt-flow/shared/api/common';
import type { TerminalClientMessage } from '@spt-flow/shared/api/terminals';
import { WebSocket } from 'ws';
import type { SshServer } from './ssh-server.ts';
import type { Subject } from './subject.ts';

/** As often as the dashboard tells what it has shown. */
const ACK_BYTES = 128 * 1024;

/** Shell is a terminal in which a command runs, seen as bytes. */
export interface Shell {
  send(bytes: string): void;
  /** Resolves once so many more bytes have come. */
  receive(bytes: number): Promise<void>;
  stop(): Promise<void>;
}

/** openWebShell runs the command in a terminal of the product, as the dashboard does. */
export async function openWebShell(
  { product, token }: Subject,
  { workspaceId, command }: { workspaceId: string; command: string },
): Promise<Shell> {
  const query = new URLSearchParams({ command, acks: 'true' });
  const path = `${API_PREFIX}/workspaces/${workspaceId}/terminal?${query.toString()}`;
  const socket = new WebSocket(product.origin.replace('http', 'ws') + path, {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
  });
  await once(socket, 'open');
  const meter = createMeter();
  let shownBytes = 0;
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) return;
    meter.add(data.length);
    shownBytes += data.length;
    if (shownBytes < ACK_BYTES) return;
    socket.send(JSON.stringify({ type: 'ack', bytes: shownBytes } satisfies TerminalClientMessage));
    shownBytes = 0;
  });
  return {
    send: (bytes) => socket.send(Buffer.from(bytes), { binary: true }),
    receive: meter.receive,
    async stop() {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

/** openSshShell runs it in a terminal of an OpenSSH server. */
export async function openSshShell(server: SshServer, command: string): Promise<Shell> {
  const child = spawn('ssh', ['-tt', ...server.clientOptions, '127.0.0.1', command], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child, 'spawn');
  const meter = createMeter();
  child.stdout.on('data', (chunk: Buffer) => meter.add(chunk.length));
  return {
    send: (bytes) => void child.stdin.write(bytes),
    receive: meter.receive,
    async stop() {
      const closed = once(child, 'close');
      child.kill();
      await closed;
    },
  };
}

/** Bytes that came before anybody waited for them count too. */
function createMeter() {
  let missing = 0;
  let arrived: () => void = () => undefined;
  return {
    add(bytes: number) {
      missing -= bytes;
      if (missing <= 0) arrived();
    },
    async receive(bytes: number): Promise<void> {
      missing += bytes;
      if (missing > 0) await new Promise<void>((resolve) => (arrived = resolve));
    },
  };
}
