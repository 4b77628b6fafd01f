import type { Environment, SpawnGroup } from '../runtime/spawn-group.ts';
import { markOf } from '../processes/marked-processes.ts';
import { AgentError } from '../system/errors.ts';

const BEAT_MS = 2_000;
/** How long the agent may be silent while a change set is undecided. */
const SILENCE_SECONDS = 8;

/**
 * Reads a line for each sign of life. Without one for long it kills the agent; once the agent is gone it becomes the
 * recovery. A shell, since it costs next to nothing and shares no code with what it watches. It writes nothing: nobody
 * may be there to read. Where there is no `sleep` it cannot tell how long is long, and lets the agent live.
 */
const SCRIPT = `
exec >/dev/null 2>&1
timer=
while read -r order; do
  [ -z "$timer" ] || kill "$timer"
  [ "$order" != off ] || exit 0
  { sleep ${SILENCE_SECONDS} && kill -KILL "$PPID"; } &
  timer=$!
done
[ -n "$timer" ] || exit 0
kill "$timer"
exec "$@"
`;

/** Watchdog undoes a change set in the agent's place, should the agent end or hang before it is decided. */
export interface Watchdog {
  arm(): Promise<void>;
  /** The change set is decided, or its undoing is left to the next start. */
  disarm(): void;
}

export interface WatchdogDeps {
  readonly spawn: SpawnGroup;
  /** Runs this program as `recover <state directory> <project directory>`. */
  readonly command: readonly string[];
  readonly environment: Environment;
  readonly projectDirectory: string;
}

export function createWatchdog(deps: WatchdogDeps): Watchdog {
  // The next agent finds it by its mark, even if a full disk kept it out of the ledger.
  const env = { ...deps.environment, ...markOf(deps.projectDirectory, 'watchdog').environment };
  let disarm = (): void => undefined;

  async function arm(): Promise<void> {
    const argv = ['/bin/sh', '-c', SCRIPT, 'spt-flow-watchdog', ...deps.command];
    const { stdin, stdout, stderr, exited } = await deps.spawn({ argv, cwd: '/', env });
    stdout.resume();
    stderr.resume();
    const beat = () => new Promise((resolve) => stdin.write('beat\n', resolve));
    const timer = setInterval(() => void beat(), BEAT_MS);
    void exited.then(() => clearInterval(timer));
    disarm = () => {
      disarm = () => undefined;
      clearInterval(timer);
      stdin.end('off\n');
    };
    // Waits until it is written, so that it is read even if the agent ends right after.
    const failure = await beat();
    if (failure) throw new AgentError('internal', 'The watchdog of the change set did not start');
  }

  return { arm, disarm: () => disarm() };
}
