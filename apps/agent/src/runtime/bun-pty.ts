import { openControllingTerminal, type OpenTerminal } from '../system/controlling-terminal.ts';
import { platform } from '../system/platform/platform.ts';
import { bun } from './bun-api.ts';
import { libc } from './bun-libc.ts';
import { exitCodeOf } from './process-exit.ts';
import type { Pty, PtyOptions } from './runtime.ts';

export async function openBunPty(options: PtyOptions): Promise<Pty> {
  const { argv, cwd, env, cols, rows } = options;
  let markRead = (): void => undefined;
  const allRead = new Promise<void>((resolve) => (markRead = resolve));
  const child = bun.spawn([...argv], {
    cwd,
    env,
    terminal: {
      cols,
      rows,
      name: 'xterm-256color',
      data: (_terminal, data) => options.onData(data),
      exit: () => markRead(),
    },
  });
  const flow = controlFlow(child.pid);
  void child.exited.then(async () => {
    flow.end();
    await allRead;
    child.terminal.close();
    options.onExit(exitCodeOf(child.exitCode, child.signalCode), child.signalCode);
  });
  return {
    pid: child.pid,
    write: (bytes) => void child.terminal.write(bytes),
    resize: (columns, lines) => child.terminal.resize(columns, lines),
    pause: () => flow.stop(),
    resume: () => flow.start(),
  };
}

/** Bun reads a terminal without pause; the kernel can let the program wait instead, as Ctrl-S does. */
function controlFlow(pid: number) {
  let terminal: OpenTerminal | undefined;
  let hasEnded = false;
  return {
    stop() {
      if (hasEnded) return;
      terminal ??= openControllingTerminal(pid);
      if (terminal) libc().tcflow(terminal.fd, platform.flow.stopOutput);
    },
    start() {
      if (terminal) libc().tcflow(terminal.fd, platform.flow.startOutput);
    },
    /** What was printed is at its end only once nobody has the terminal open. */
    end() {
      hasEnded = true;
      terminal?.close();
      terminal = undefined;
    },
  };
}
