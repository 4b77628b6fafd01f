import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '@spt-flow/shared/api/client';
import {
  TerminalServerMessageSchema,
  type TerminalClientMessage,
} from '@spt-flow/shared/api/terminals';
import type { Client } from '../api/client.ts';
import { EXIT } from '../core/errors.ts';
import { createEscapeKeys } from './escape-keys.ts';
import type { CliIo } from '../core/io.ts';
import { createScreenWatch } from './screen-watch.ts';
import { parseJson } from '../core/json.ts';
import type { Socket } from '../api/socket.ts';
import { connectionLost, terminalError } from './terminal-errors.ts';

const RETRY_MS = 1_000;
const ATTEMPTS = 60;
const MIN_SIZE = 2;
const MAX_SIZE = 1000;
const CLEAR_SCREEN = '\x1b[H\x1b[2J';

interface SessionOptions {
  readonly client: Client;
  readonly io: CliIo;
  readonly workspace: string;
  readonly command: string | undefined;
}

type Ending =
  | { readonly kind: 'exit'; readonly exitCode: number }
  | { readonly kind: 'left' }
  | { readonly kind: 'lost' };

/** runTerminal gives the person's keys and screen to a terminal, and resolves with the exit code of what ran in it. */
export async function runTerminal(options: SessionOptions): Promise<number> {
  const { io } = options;
  const session = createSession(options);
  let whole = false;
  try {
    const ending = await session.run();
    whole = ending.kind === 'exit';
    if (ending.kind === 'exit') return ending.exitCode;
    if (ending.kind === 'left') return EXIT.failure;
    throw connectionLost(options.workspace, 'What runs in the workspace goes on');
  } finally {
    session.dispose();
    io.stdin.setRawMode?.(false);
    if (!whole) io.stdout.write(session.screen.restore());
  }
}

function createSession(options: SessionOptions) {
  const { io } = options;
  const isEscape = createEscapeKeys();
  const screen = createScreenWatch();
  let terminalId: string | undefined;
  let socket: Socket | undefined;
  let inputStarted = false;
  let leave: () => void = () => undefined;
  const left = new Promise<Ending>((resolve) => (leave = () => resolve({ kind: 'left' })));

  async function run(): Promise<Ending> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        const opened = await options.client.openTerminal(options.workspace, query());
        socket = opened;
        const ending = await Promise.race([attend(opened), left]);
        if (ending.kind !== 'lost') return ending;
        attempt = 0;
      } catch (error) {
        if (terminalId === undefined || !isTemporary(error)) throw error;
      }
      if (terminalId === undefined || io.signal.aborted) return { kind: 'lost' };
      if (attempt === 0)
        io.stderr.write('\r\nConnection lost, connecting again… (Enter ~ . leaves)\r\n');
      const waited = await Promise.race([sleep(RETRY_MS, undefined, { signal: io.signal }), left]);
      if (waited) return waited;
    }
    return { kind: 'lost' };
  }

  function query(): Record<string, string> {
    const { cols, rows } = sizeOf(io);
    return {
      cols: String(cols),
      rows: String(rows),
      // What scrolled out of the screen is still there to scroll to.
      ...(terminalId !== undefined && { terminalId, history: 'false' }),
      ...(terminalId === undefined &&
        options.command !== undefined && { command: options.command }),
    };
  }

  function attend(opened: Socket): Promise<Ending> {
    const output = createOutput(opened, io);
    return new Promise((resolve, reject) => {
      opened.on('message', (data: Buffer, isBinary) => {
        if (isBinary) {
          screen.see(data);
          return output(data);
        }
        const message = TerminalServerMessageSchema.safeParse(parseJson(data.toString()));
        if (!message.success) return;
        if (message.data.type === 'exit') {
          resolve({ kind: 'exit', exitCode: message.data.exitCode });
          opened.close();
        } else if (message.data.type === 'error') {
          reject(terminalError(message.data));
          opened.close();
        } else if (message.data.type === 'recording') {
          io.stderr.write(recordingNote(message.data.isRecorded));
        } else if (message.data.type === 'ready') {
          terminalId = message.data.terminalId;
          if (message.data.reattached) clearScreen();
          startInput();
        }
      });
      opened.once('close', () => resolve({ kind: 'lost' }));
      opened.resume();
    });
  }

  /** Its whole state comes next: nothing of what was there may stay. */
  function clearScreen(): void {
    const restored = Buffer.from(screen.restore());
    screen.see(restored);
    io.stdout.write(restored);
    io.stdout.write(CLEAR_SCREEN);
  }

  function startInput(): void {
    if (inputStarted) return onResize();
    inputStarted = true;
    // Not before: until then Ctrl-C has to end this program.
    io.stdin.setRawMode?.(true);
    io.stdin.on('data', onInput);
    io.stdin.once('end', onInputEnd);
    io.stdout.on('resize', onResize);
    io.stdin.resume();
  }

  function onInput(bytes: Buffer): void {
    if (isEscape(bytes)) return leave();
    if (socket?.readyState === socket?.OPEN) socket?.send(bytes, { binary: true });
  }

  function onInputEnd(): void {
    tell({ type: 'eof' });
  }

  function onResize(): void {
    tell({ type: 'resize', ...sizeOf(io) });
  }

  function tell(message: TerminalClientMessage): void {
    if (socket?.readyState === socket?.OPEN) socket?.send(JSON.stringify(message));
  }

  function dispose(): void {
    io.stdin.off('data', onInput);
    io.stdin.off('end', onInputEnd);
    io.stdout.off('resize', onResize);
    io.stdin.pause();
    socket?.close();
  }

  return { run, dispose, screen };
}

/** createOutput writes what arrives, and holds the sender back while the screen is slower. */
function createOutput(socket: Socket, { stdout }: CliIo): (bytes: Buffer) => void {
  return (bytes) => {
    if (stdout.write(bytes)) return;
    socket.pause();
    stdout.once('drain', () => socket.resume());
  };
}

function sizeOf({ stdout }: CliIo): { cols: number; rows: number } {
  const clamp = (size: number) => Math.min(MAX_SIZE, Math.max(MIN_SIZE, size));
  return { cols: clamp(stdout.columns ?? 80), rows: clamp(stdout.rows ?? 24) };
}

/** A terminal in raw mode does not return the cursor by itself. */
function recordingNote(isRecorded: boolean): string {
  return isRecorded
    ? 'Your organization records what this terminal shows, not what you type.\r\n'
    : '\r\nWhat this terminal shows is not recorded any more.\r\n';
}

function isTemporary(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 500);
}
