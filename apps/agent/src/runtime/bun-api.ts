interface BunProcess {
  readonly pid: number;
  readonly terminal: BunTerminal;
  /** Resolves when it ended, however. */
  readonly exited: Promise<number>;
  readonly exitCode: number | null;
  readonly signalCode: NodeJS.Signals | null;
}

interface BunTerminal {
  write(data: Uint8Array): number;
  resize(cols: number, rows: number): void;
  close(): void;
}

interface SpawnOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly terminal: {
    readonly cols: number;
    readonly rows: number;
    readonly name: string;
    data(terminal: BunTerminal, data: Uint8Array): void;
    /** The program's side is closed and everything was read. */
    exit(): void;
  };
}

/** BunApi is the part of Bun that the agent uses; its published types would replace those of Node. */
interface BunApi {
  spawn(argv: string[], options: SpawnOptions): BunProcess;
  gc(synchronously: true): void;
  Transpiler: new (options: { loader: 'js' }) => { transformSync(code: string): string };
}

/** BunBuildMessage is what the transpiler throws, or several of them in an AggregateError. */
interface BunBuildMessage {
  readonly message: string;
  readonly position: {
    readonly line: number;
    /** From 1. */
    readonly column: number;
    readonly lineText: string;
  } | null;
}

declare global {
  var Bun: BunApi;
  var BuildMessage: abstract new () => BunBuildMessage;
}

export const bun = globalThis.Bun;
export const BuildMessage = globalThis.BuildMessage;
