import { AppError } from '@spt-flow/shared/domain/errors';
import { HOOKS, type Hook } from '../reading/index.ts';
import type { RunCommand } from './run-command.ts';

const TIMEOUT_MS = 20_000;
const READ = 'cat "$HOME/.local/state/spt-flow/devcontainer" 2>/dev/null || true';
/** Whole or not at all, whatever is killed meanwhile. */
const WRITE =
  'd=$HOME/.local/state/spt-flow && mkdir -p "$d" && printf "%s\\n" "$@" > "$d/.devcontainer" && mv "$d/.devcontainer" "$d/devcontainer"';

/** CreationMarker remembers in the workspace's own files what ran there, so that it is kept and lost with what that made. */
export interface CreationMarker {
  read(): Promise<Hook[]>;
  add(hook: Hook): Promise<void>;
}

/** createCreationMarker keeps the hooks that ran once for a creation; those of another creation do not count. */
export function createCreationMarker(creation: string, run: RunCommand): CreationMarker {
  async function shell(script: string, args: readonly string[] = []): Promise<string> {
    const argv = ['/bin/sh', '-c', script, 'sh', ...args];
    const { exitCode, stdout, stderr } = await run({ argv, timeoutMs: TIMEOUT_MS });
    if (exitCode === 0) return stdout.toString();
    throw new AppError(
      'devcontainer_failed',
      `What ran once could not be noted in the home directory: ${stderr.toString().trim()}`,
    );
  }

  async function read(): Promise<Hook[]> {
    const [of, ...names] = (await shell(READ)).split('\n');
    return of === creation ? HOOKS.filter((hook) => names.includes(hook)) : [];
  }

  return {
    read,
    async add(hook) {
      await shell(WRITE, [creation, ...(await read()), hook]);
    },
  };
}
