import {
  PIPE_STDERR,
  PIPE_STDOUT,
  TerminalServerMessageSchema,
  type TerminalClientMessage,
} from '@spt-flow/shared/api/terminals';
import type { Client } from '../api/client.ts';
import type { CliIo, OutputStream } from '../core/io.ts';
import { parseJson } from '../core/json.ts';
import type { Socket } from '../api/socket.ts';
import { connectionLost, terminalError } from './terminal-errors.ts';

interface CommandOptions {
  readonly client: Client;
  readonly io: CliIo;
  readonly workspace: string;
  readonly command: string;
}

/** runCommand runs a command in pipes and resolves with its exit code; leaving kills the command. */
export async function runCommand(options: CommandOptions): Promise<number> {
  const { client, io, workspace, command } = options;
  const socket = await client.openTerminal(workspace, { tty: 'false', command });
  const input = createInput(socket, io);
  try {
    return await attend(socket, { io, workspace, onReady: input.start });
  } finally {
    input.stop();
    socket.close();
  }
}

interface Attendance {
  readonly io: CliIo;
  readonly workspace: string;
  readonly onReady: () => void;
}

function attend(socket: Socket, { io, workspace, onReady }: Attendance): Promise<number> {
  const outputs = new Map([
    [PIPE_STDOUT, io.stdout],
    [PIPE_STDERR, io.stderr],
  ]);
  return new Promise((resolve, reject) => {
    socket.on('message', (data: Buffer, isBinary) => {
      const output = isBinary ? outputs.get(data[0] ?? 0) : undefined;
      if (output) return write(socket, output, data.subarray(1));
      const message = TerminalServerMessageSchema.safeParse(parseJson(data.toString()));
      if (!message.success) return;
      if (message.data.type === 'ready') onReady();
      else if (message.data.type === 'recording' && message.data.isRecorded)
        io.stderr.write('Your organization records what this command prints.\n');
      else if (message.data.type === 'exit') resolve(message.data.exitCode);
      else if (message.data.type === 'error') reject(terminalError(message.data));
    });
    socket.once('close', () =>
      reject(connectionLost(workspace, 'The command in the workspace is ended too')),
    );
    socket.resume();
  });
}

/** The sender waits while what reads the output is slower. */
function write(socket: Socket, output: OutputStream, bytes: Buffer): void {
  if (output.write(bytes)) return;
  socket.pause();
  output.once('drain', () => socket.resume());
}

function createInput(socket: Socket, { stdin }: CliIo) {
  function onData(bytes: Buffer): void {
    stdin.pause();
    socket.send(bytes, { binary: true }, () => stdin.resume());
  }

  function onEnd(): void {
    const message: TerminalClientMessage = { type: 'eof' };
    socket.send(JSON.stringify(message));
  }

  return {
    start() {
      stdin.on('data', onData);
      stdin.once('end', onEnd);
      stdin.resume();
    },
    stop() {
      stdin.off('data', onData);
      stdin.off('end', onEnd);
      stdin.pause();
    },
  };
}
