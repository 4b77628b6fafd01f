import { setTimeout as sleep } from 'node:timers/promises';
import type { EmitEvent } from '../connection/event-buffer.ts';
import { captureOutput } from '../processes/process-output.ts';
import { signalGroup } from '../processes/process-group.ts';
import type { RunningProcess } from '../processes/managed-process.ts';
import type { Supervisor } from '../processes/supervisor.ts';
import type { Environment, SpawnGroup } from '../runtime/spawn-group.ts';
import { ChangeSetFailure, type Phase } from './failure.ts';
import type { Plan } from './manifest.ts';
import { probeUntilHealthy, type ProbeResult } from './probe.ts';

const REASON_BYTES = 3_500;
/** Without a probe, an app that lives this long counts as started. */
const ALIVE_MS = 1_000;

export interface ActivationDeps {
  readonly spawn: SpawnGroup;
  readonly supervisor: Supervisor;
  readonly projectDirectory: string;
  readonly environment: Environment;
  readonly emit: EmitEvent;
  readonly nowMs: () => number;
}

/** Runs the build command; its output goes to the log, its last words into the failure. */
export async function runBuild(plan: Plan, deps: ActivationDeps): Promise<void> {
  if (!plan.build) return;
  const { command, timeoutMs } = plan.build;
  const group = await deps.spawn({
    argv: ['/bin/sh', '-c', command],
    cwd: deps.projectDirectory,
    env: { ...deps.environment, ...plan.process?.env },
  });
  group.stdin.end();
  const output = captureOutput(group, { source: 'build', emit: deps.emit, nowMs: deps.nowMs });
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort();
    signalGroup(group.id, 'SIGKILL');
  }, timeoutMs);
  const { exitCode } = await group.closed;
  clearTimeout(timer);
  if (late.signal.aborted)
    throw new ChangeSetFailure(
      'build',
      withTail(`The build took longer than ${timeoutMs} ms`, output.read()),
    );
  if (exitCode !== 0)
    throw new ChangeSetFailure(
      'build',
      withTail(`The build failed with exit code ${exitCode}`, output.read()),
    );
}

/** Watches that the app answers, and that it is the same process all the while. */
export async function verify(
  plan: Plan,
  running: RunningProcess | undefined,
  supervisor: Supervisor,
): Promise<ProbeResult | null> {
  const phase: Phase = plan.probe ? 'probe' : 'restart';
  const watch = new AbortController();
  const outcome = plan.probe
    ? probeUntilHealthy(plan.probe, watch.signal)
    : sleep(running ? ALIVE_MS : 0, null, { signal: watch.signal });
  try {
    const result = await Promise.race([outcome, ...(running ? [failOnExit(running, phase)] : [])]);
    if (running && supervisor.current(plan.process?.name ?? '')?.pid !== running.pid) {
      throw new ChangeSetFailure(phase, withTail('The app did not keep running', running.tail()));
    }
    if (result?.error) throw new ProbeFailure(result, running?.tail() ?? '');
    return result;
  } finally {
    watch.abort();
    outcome.catch(() => undefined);
  }
}

/** ProbeFailure carries what the probe saw, for the receipt. */
export class ProbeFailure extends ChangeSetFailure {
  readonly result: ProbeResult;

  constructor(result: ProbeResult, tail: string) {
    super(
      'probe',
      withTail(`The app does not answer at ${result.url}: ${result.error ?? ''}`, tail),
    );
    this.result = result;
  }
}

async function failOnExit(running: RunningProcess, phase: Phase): Promise<never> {
  const { exitCode } = await running.exited;
  throw new ChangeSetFailure(
    phase,
    withTail(`The app ended with exit code ${exitCode}`, running.tail()),
  );
}

function withTail(text: string, tail: string): string {
  return tail === '' ? text : `${text}\n${tail.slice(-REASON_BYTES)}`;
}
