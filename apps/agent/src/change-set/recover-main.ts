import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Runtime } from '../runtime/runtime.ts';
import type { Environment } from '../runtime/spawn-group.ts';
import { endLeftOver } from '../processes/left-over.ts';
import { openStateDirectory } from '../system/state-directory.ts';
import { createEngine } from './create-engine.ts';
import { readJournal } from './journal.ts';
import { passThrough } from './step-point.ts';

export interface RecoverMain {
  readonly directories: readonly string[];
  readonly runtime: Pick<Runtime, 'selfCommand'>;
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/**
 * What the watchdog becomes when the agent is gone: it undoes the change set that was in progress and keeps the old
 * app running. The next agent ends it before its own recovery, so that never two of them are at work.
 */
export async function runRecovery({
  directories,
  runtime,
  environment,
  signal,
}: RecoverMain): Promise<void> {
  const [stateRoot = '', projectDirectory = ''] = directories;
  const state = await openStateDirectory(stateRoot);
  if ((await readJournal(state.journal))?.state !== 'prepared') return;
  const { engine, supervisor, ledger } = createEngine({
    state,
    runtime,
    projectDirectory,
    environment,
    // Nobody listens; the outcome waits in the state directory for the next agent.
    emit: () => undefined,
    nowMs: Date.now,
    step: passThrough,
    clock: {
      nowMs: () => performance.now(),
      sleep: (ms, ended) => sleep(ms, undefined, { signal: ended }),
    },
    onRecovered: () => undefined,
  });
  await endLeftOver(ledger, projectDirectory);
  await engine.recoverFiles();
  await engine.finishRecovery();
  if (supervisor.runningCount > 0 && !signal.aborted) await once(signal, 'abort');
  await engine.close();
  await supervisor.suspend();
}
