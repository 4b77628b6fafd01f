import type { TryLock } from '../system/directory-lock.ts';

/** Parses a script without running it; answers the complaint, undefined when there is none. */
export type ScriptParser = (script: ScriptSource) => Promise<string | undefined>;

export interface ScriptSource {
  readonly source: string;
  readonly kind: 'module' | 'script';
  /** As the complaint should call it. */
  readonly name: string;
}

export interface PtyOptions {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cols: number;
  readonly rows: number;
  /** The bytes are good during the call only. */
  onData(bytes: Uint8Array): void;
  /** Comes after all data. */
  onExit(exitCode: number, signal: string | null): void;
}

export interface Pty {
  readonly pid: number;
  write(bytes: Uint8Array): void;
  resize(cols: number, rows: number): void;
  /** Lets the program wait with its output. */
  pause(): void;
  resume(): void;
}

/** Runtime is what differs between Node and Bun. */
export interface Runtime {
  /** The command that runs this very program in another mode. */
  selfCommand(mode: string): string[];
  /** Returns memory that is not needed now to the system; takes milliseconds. */
  trimMemory(): void;
  readonly tryLock: TryLock;
  openPty(options: PtyOptions): Promise<Pty>;
  readonly parseScript: ScriptParser;
}
