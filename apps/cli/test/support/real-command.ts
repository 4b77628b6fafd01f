import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import {
  PIPE_STDERR,
  PIPE_STDOUT,
  TerminalClientMessageSchema,
} from '@spt-flow/shared/api/terminals';
import type { WebSocket } from 'ws';
import { TERMINAL_ID } from './fixtures.ts';
import { tell } from './tell.ts';

/** serveRealCommand runs a real command in pipes, and kills its group when the client leaves. */
export function serveRealCommand(socket: WebSocket, command: string): void {
  const child = spawn('/bin/sh', ['-c', command], { detached: true });
  tell(socket, { type: 'ready', terminalId: TERMINAL_ID, reattached: false });
  child.stdin.on('error', () => undefined);
  child.stdin.on('drain', () => socket.resume());
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary && child.stdin.writable && !child.stdin.write(data)) return socket.pause();
    if (!isBinary && TerminalClientMessageSchema.parse(JSON.parse(data.toString())).type === 'eof')
      child.stdin.end();
  });
  forward(child.stdout, PIPE_STDOUT);
  forward(child.stderr, PIPE_STDERR);
  child.once('close', (exitCode) => {
    socket.resume();
    tell(socket, { type: 'exit', exitCode: exitCode ?? 1 });
  });
  socket.once('close', () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  });

  function forward(output: Readable, mark: number): void {
    output.on('data', (bytes: Buffer) => socket.send(Buffer.concat([Buffer.from([mark]), bytes])));
  }
}
