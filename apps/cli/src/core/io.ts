import type { Readable, Writable } from 'node:stream';
import type { OwnProgram } from '../own-program.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type OutputStream = Writable & { isTTY?: boolean; columns?: number; rows?: number };
export type InputStream = Readable & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown };

/** CliIo is everything a command may touch of the process it runs in; tests pass their own. */
export interface CliIo {
  readonly args: readonly string[];
  readonly env: Environment;
  readonly home: string;
  readonly program: OwnProgram;
  readonly version: string;
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly fetch: typeof fetch;
  readonly newId: () => string;
  readonly openBrowser: (url: string) => void;
  /** Aborted by Ctrl-C and by signals that end the process. */
  readonly signal: AbortSignal;
}
