import { AppError } from '@spt-flow/shared/domain/errors';
import { createLineSplitter } from '../../../lib/line-splitter.ts';
import type { Lifecycle } from '../planning/index.ts';
import { HOOKS, type Command, type Hook, type LifecycleCommand } from '../reading/index.ts';
import type { RunCommand } from './run-command.ts';
import { probeUserEnvironment } from './user-environment.ts';

const TIMEOUT_MS = 60 * 60_000;
const LAST_LINES = 10;

/** They run once for each creation of the container; the others at every start. */
export const ONCE: readonly Hook[] = [
  'onCreateCommand',
  'updateContentCommand',
  'postCreateCommand',
];

export interface LifecycleRun {
  readonly lifecycle: Lifecycle;
  readonly run: RunCommand;
  readonly log: (line: string) => void;
  /** Shows one hook's work, e.g. as a step of the start. */
  readonly step: (name: Hook, work: () => Promise<void>) => Promise<void>;
  readonly onDone: (hook: Hook) => Promise<void>;
}

/** dueHooks are those with commands that have not run yet. */
export function dueHooks({ commands }: Lifecycle, done: readonly Hook[]): Hook[] {
  return HOOKS.filter((hook) => commands[hook].length > 0 && !done.includes(hook));
}

/** runHooks runs hooks one after the other, each with its commands in order; the first failure ends it. */
export async function runHooks(hooks: readonly Hook[], input: LifecycleRun): Promise<void> {
  if (hooks.length === 0) return;
  const { lifecycle, run, log } = input;
  const shell = await probeUserEnvironment(lifecycle.userEnvProbe, run);
  if (!shell) log('The shell of the user did not tell its variables: commands run without them');
  const env = withRemote(shell ?? {}, lifecycle.remoteEnv);
  for (const hook of hooks) {
    await input.step(hook, async () => {
      for (const command of lifecycle.commands[hook])
        await runOne({ hook, command, env, cwd: lifecycle.folder, run, log });
    });
    await input.onDone(hook);
  }
}

/** What the devcontainer sets counts more than what the shell's files do. */
function withRemote(
  shell: Readonly<Record<string, string>>,
  remoteEnv: Lifecycle['remoteEnv'],
): Record<string, string> {
  const set = Object.entries(remoteEnv).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  return { ...shell, ...Object.fromEntries(set) };
}

interface OneCommand extends Pick<LifecycleRun, 'run' | 'log'> {
  readonly hook: Hook;
  readonly command: LifecycleCommand;
  readonly env: Record<string, string>;
  readonly cwd: string;
}

/** Those of an object run at the same time; all are waited for, so that none goes on unseen after a failure. */
async function runOne(input: OneCommand): Promise<void> {
  const { command, hook } = input;
  if (typeof command === 'string' || Array.isArray(command)) return runShell(input, command, hook);
  const running = Object.entries(command).map(([name, one]) =>
    runShell(input, one, `${hook} "${name}"`),
  );
  await Promise.allSettled(running);
  await Promise.all(running);
}

async function runShell(
  { run, log, env, cwd }: OneCommand,
  command: Command,
  name: string,
): Promise<void> {
  const argv = typeof command === 'string' ? ['/bin/sh', '-c', command] : command;
  const last: string[] = [];
  const lines = createLineSplitter((line) => {
    last.push(line);
    if (last.length > LAST_LINES) last.shift();
    log(line);
  });
  log(`${name}: ${typeof command === 'string' ? command : command.join(' ')}`);
  const { exitCode, timedOut } = await run({
    ...{ argv, env, cwd, timeoutMs: TIMEOUT_MS },
    onOutput: lines.push,
  });
  lines.end();
  if (exitCode === 0) return;
  const how = timedOut ? 'did not end within an hour' : `ended with ${exitCode}`;
  throw new AppError('devcontainer_failed', [`${name} ${how}`, ...last].join('\n'), {
    details: { command: name, exitCode, lastLines: last },
  });
}
