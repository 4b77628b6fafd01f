import type { Pty, PtyOptions, Runtime, ScriptSource } from './runtime.ts';

interface BunTerminal {
  write(data: Uint8Array): number;
  resize(cols: number, rows: number): void;
  close(): void;
}

/** The part of Bun's own interface that the agent uses. */
interface BunGlobal {
  spawn(
    argv: string[],
    options: {
      cwd: string;
      env: Record<string, string>;
      terminal: {
        cols: number;
        rows: number;
        name: string;
        data(terminal: BunTerminal, data: Uint8Array): void;
      };
    },
  ): {
    pid: number;
    terminal: BunTerminal;
    exited: Promise<number>;
    exitCode: number | null;
    signalCode: string | null;
  };
  Transpiler: new (options: { loader: 'js' }) => { transformSync(code: string): string };
}

declare const Bun: BunGlobal;

export function createBunRuntime(executable: string): Runtime {
  return { selfCommand: (mode) => [executable, mode], openPty, parseScript };
}

async function openPty(options: PtyOptions): Promise<Pty> {
  const { argv, cwd, env, cols, rows } = options;
  const child = Bun.spawn([...argv], {
    cwd,
    env: { ...env },
    terminal: {
      cols,
      rows,
      name: 'xterm-256color',
      data: (_terminal, data) => options.onData(data),
    },
  });
  void child.exited.then((exitCode) => {
    child.terminal.close();
    options.onExit(exitCode, child.signalCode);
  });
  return {
    pid: child.pid,
    write: (bytes) => void child.terminal.write(bytes),
    resize: (columns, lines) => child.terminal.resize(columns, lines),
    // Bun's terminal cannot be paused; the bound of the follower's queue holds instead.
    pause: () => undefined,
    resume: () => undefined,
  };
}

async function parseScript({ source, kind }: ScriptSource): Promise<string | undefined> {
  try {
    // Bun reads both grammars as one; an `export {}` makes it insist on a module.
    new Bun.Transpiler({ loader: 'js' }).transformSync(
      kind === 'module' ? `${source}\nexport {};` : source,
    );
    return undefined;
  } catch (error) {
    return error instanceof AggregateError && error.errors.length > 0
      ? String(error.errors[0])
      : String(error);
  }
}
