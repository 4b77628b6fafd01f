import { API_PREFIX } from '@spt-flow/shared/api/common';
import type { TerminalView } from '@spt-flow/shared/api/terminals';
import {
  TerminalServerMessageSchema,
  type TerminalClientMessage,
  type TerminalServerMessage,
} from '@spt-flow/shared/api/terminals';
import { backoffDelayMs } from '../../lib/backoff.ts';

export type TerminalState = 'connecting' | 'open' | 'lost' | 'ended';

/** What is told at once: often enough for the window, seldom enough to cost nothing. */
const ACK_BYTES = 128 * 1024;

const FINAL = new Set(['terminal_not_shared', 'session_ended']);

export interface TerminalConnectionOptions {
  readonly workspaceId: string;
  /** Whose terminal is only looked at; undefined: the own one. */
  readonly follow?: string | undefined;
  readonly openSocket: (path: string) => WebSocket;
  readonly size: () => { cols: number; rows: number };
  readonly random: () => number;
  readonly onState: (state: TerminalState) => void;
  readonly onBytes: (bytes: Uint8Array) => void;
  /** Before output of an attached terminal; a reattached one draws its whole screen again. */
  readonly onReady: (terminalId: string) => void;
  readonly onView: (view: TerminalView) => void;
  readonly onRecording: (isRecorded: boolean) => void;
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
  let isResting = false;
  let shownBytes = 0;

  function connect(): void {
    options.onState('connecting');
    isResting = false;
    shownBytes = 0;
    options.onRecording(false);
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
      acks: 'true',
      ...(terminalId && { terminalId }),
      ...(options.follow && { follow: options.follow }),
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
    } else if (message?.type === 'recording') {
      options.onRecording(message.isRecorded);
    } else if (message?.type === 'view') {
      options.onView(message.view);
    } else if (message?.type === 'exit') {
      end();
      options.onExit(message.exitCode);
    } else if (message?.type === 'error') {
      // Whose sharing has ended, or who was sent away, does not ask again and again.
      if (FINAL.has(message.code)) end();
      // The terminal may be gone for good; the next attempt asks for a fresh one.
      if (message.code === 'not_found') terminalId = undefined;
      options.onError(message.code, message.message);
    }
  }

  function onClosed(): void {
    socket = undefined;
    if (isOver) return;
    options.onState('lost');
    if (isResting) return;
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

  function tell(message: TerminalClientMessage): void {
    send(JSON.stringify(message));
  }

  function resize(size: { cols: number; rows: number }): void {
    tell({ type: 'resize', ...size });
  }

  function share(isShared: boolean): void {
    tell({ type: 'share', isShared });
  }

  /** Output was drawn: the server may send as much more. */
  function shown(bytes: number): void {
    shownBytes += bytes;
    if (shownBytes < ACK_BYTES) return;
    tell({ type: 'ack', bytes: shownBytes });
    shownBytes = 0;
  }

  /** rest detaches until `retryNow`: a page that draws nothing must not hold the program up. */
  function rest(): void {
    if (!socket || isOver) return;
    isResting = true;
    socket.close();
  }

  /** close detaches: the terminal itself goes on in the workspace. */
  function close(): void {
    isOver = true;
    clearTimeout(retryTimer);
    socket?.close();
  }

  connect();
  return { write: send, resize, share, shown, rest, retryNow, close };
}

function parseControl(text: string): TerminalServerMessage | undefined {
  try {
    return TerminalServerMessageSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
