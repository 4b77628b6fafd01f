import { API_PREFIX } from '@spt-flow/shared/api/common';
import {
  TerminalServerMessageSchema,
  type TerminalClientMessage,
  type TerminalServerMessage,
} from '@spt-flow/shared/api/terminals';
import { backoffDelayMs } from '../../lib/backoff.ts';

export type TerminalState = 'connecting' | 'open' | 'lost' | 'ended';

export interface TerminalConnectionOptions {
  readonly workspaceId: string;
  readonly openSocket: (path: string) => WebSocket;
  readonly size: () => { cols: number; rows: number };
  readonly random: () => number;
  readonly onState: (state: TerminalState) => void;
  readonly onBytes: (bytes: Uint8Array) => void;
  /** Before output of an attached terminal; a reattached one repeats its recent output. */
  readonly onReady: (terminalId: string) => void;
  readonly onExit: (exitCode: number) => void;
  readonly onError: (code: string, message: string) => void;
}

export type TerminalConnection = ReturnType<typeof connectTerminal>;

/** connectTerminal attaches to a terminal and attaches again after a lost connection, until it ends or is closed. */
export function connectTerminal(options: TerminalConnectionOptions, knownId: string | undefined) {
  let terminalId = knownId;
  let socket: WebSocket | undefined;
  let failures = 0;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;

  function connect(): void {
    options.onState('connecting');
    const opened = options.openSocket(pathOf());
    opened.binaryType = 'arraybuffer';
    socket = opened;
    opened.addEventListener('message', ({ data }) => onMessage(data));
    opened.addEventListener('close', () => {
      if (socket === opened) onClosed();
    });
  }

  function pathOf(): string {
    const { cols, rows } = options.size();
    const query = new URLSearchParams({
      cols: String(cols),
      rows: String(rows),
      ...(terminalId && { terminalId }),
    });
    return `${API_PREFIX}/workspaces/${encodeURIComponent(options.workspaceId)}/terminal?${query.toString()}`;
  }

  function onMessage(data: unknown): void {
    if (data instanceof ArrayBuffer) options.onBytes(new Uint8Array(data));
    else if (typeof data === 'string') onControl(parseControl(data));
  }

  function onControl(message: TerminalServerMessage | undefined): void {
    if (message?.type === 'ready') {
      failures = 0;
      terminalId = message.terminalId;
      options.onReady(message.terminalId);
      options.onState('open');
    } else if (message?.type === 'exit') {
      end();
      options.onExit(message.exitCode);
    } else if (message?.type === 'error') {
      // The terminal may be gone for good; the next attempt asks for a fresh one.
      if (message.code === 'not_found') terminalId = undefined;
      options.onError(message.code, message.message);
    }
  }

  function onClosed(): void {
    socket = undefined;
    if (isOver) return;
    options.onState('lost');
    retryTimer = setTimeout(connect, backoffDelayMs(failures, options.random));
    failures += 1;
  }

  function end(): void {
    isOver = true;
    clearTimeout(retryTimer);
    options.onState('ended');
    socket?.close();
  }

  function retryNow(): void {
    if (socket || isOver) return;
    clearTimeout(retryTimer);
    connect();
  }

  function send(data: Uint8Array<ArrayBuffer> | string): void {
    if (socket?.readyState === 1) socket.send(data);
  }

  function resize(size: { cols: number; rows: number }): void {
    const message: TerminalClientMessage = { type: 'resize', ...size };
    send(JSON.stringify(message));
  }

  /** close detaches: the terminal itself goes on in the workspace. */
  function close(): void {
    isOver = true;
    clearTimeout(retryTimer);
    socket?.close();
  }

  connect();
  return { write: send, resize, retryNow, close };
}

function parseControl(text: string): TerminalServerMessage | undefined {
  try {
    return TerminalServerMessageSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
