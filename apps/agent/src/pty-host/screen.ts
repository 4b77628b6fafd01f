import { SerializeAddon } from '@xterm/addon-serialize';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { Terminal } from '@xterm/headless';
import { boundTerminal } from '@spt-flow/shared/agent-protocol/bounded-terminal';
import { createTurns } from '../processes/turns.ts';
import { skipScrolledOut } from './scrolled-out.ts';
import { watchModes } from './screen-modes.ts';

/** As many as the dashboard keeps. */
const SCROLLBACK_LINES = 5_000;
/** Reading in large pieces is cheap, since of plain text only the end counts. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;
/** Read without a break, some milliseconds long. */
const PIECE_BYTES = 64 * 1024;
const QUIET_MS = 1_000;

export interface ScreenOptions {
  readonly cols: number;
  readonly rows: number;
  /** What a terminal answers to a program that asks it. */
  onAnswer(bytes: Uint8Array): void;
}

/**
 * Screen is what a terminal shows, kept by the engine that the dashboard draws with. Output is read by it only once
 * much has gathered, the program is quiet or somebody wants to see: a key's echo must not wait for it.
 */
export interface Screen {
  /** `isSeen`: a terminal at the other end answers what the program asks. A promise: no more before it resolves. */
  write(bytes: Uint8Array, isSeen: boolean): Promise<void> | undefined;
  resize(cols: number, rows: number): void;
  /** What draws on an empty terminal of the same size all that was written until now. */
  snapshot(options: { history: boolean }): Promise<string>;
}

export function createScreen({ cols, rows, onAnswer }: ScreenOptions): Screen {
  const terminal = new Terminal({
    ...{ cols, rows, scrollback: SCROLLBACK_LINES, allowProposedApi: true },
  });
  const serializer = new SerializeAddon();
  terminal.loadAddon(serializer);
  boundTerminal(terminal, new Unicode11Addon());
  const modes = watchModes(terminal);
  const inTurn = createTurns();
  let unread: Uint8Array[] = [];
  let unreadBytes = 0;
  let isUnreadSeen = true;
  let answers = false;
  let quiet: NodeJS.Timeout | undefined;
  terminal.onData((text) => answers && onAnswer(Buffer.from(text)));

  function write(bytes: Uint8Array, isSeen: boolean): Promise<void> | undefined {
    if (isSeen !== isUnreadSeen) void read();
    isUnreadSeen = isSeen;
    unread.push(bytes);
    unreadBytes += bytes.length;
    if (unreadBytes >= MAX_UNREAD_BYTES) return read();
    quiet ??= setTimeout(() => void read(), isSeen ? QUIET_MS : 0);
    return undefined;
  }

  function read(): Promise<void> {
    clearTimeout(quiet);
    quiet = undefined;
    const { cols: width, rows: height } = terminal;
    const kept = { cols: width, lines: SCROLLBACK_LINES + height };
    const bytes = skipScrolledOut(Buffer.concat(unread), kept);
    const isSeen = isUnreadSeen;
    unread = [];
    unreadBytes = 0;
    return inTurn(async () => {
      answers = !isSeen;
      await parse(bytes);
    });
  }

  function parse(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      for (let start = 0; start < bytes.length; start += PIECE_BYTES)
        terminal.write(bytes.subarray(start, start + PIECE_BYTES));
      terminal.write('', resolve);
    });
  }

  return {
    write,
    resize(columns, lines) {
      void read();
      void inTurn(async () => terminal.resize(columns, lines));
    },
    async snapshot({ history }) {
      void read();
      return inTurn(async () => {
        const drawn = serializer.serialize(history ? {} : { scrollback: 0 });
        return drawn + modes.restore();
      });
    },
  };
}
