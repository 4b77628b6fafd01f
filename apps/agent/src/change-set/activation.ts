import { setTimeout as sleep } from 'node:timers/promises';
import type { EmitEvent } from '../connection/event-buffer.ts';
import { endMarked, markOf } from '../processes/marked-processes.ts';
import { outputEnd } from '../processes/output-end.ts';
import { captureOutput } from '../processes/process-output.ts';
import { signalGroup } from '../processes/process-group.ts';
import type { ProcessSecrets, RunningProcess } from '../processes/managed-process.ts';
import type { Supervisor } from '../processes/supervisor.ts';
import type { Environment, SpawnGroup } from '../runtime/spawn-group.ts';
import { ChangeSetFailure, type Phase } from './failure.ts';
import type { Plan } from './manifest.ts';
import { probeUntilHealthy, type ProbeResult } from './probe.ts';

const REASON_BYTES = 3_500;
/** Without a probe, an app that lives this long counts as started. */
export const ALIVE_MS = 1_000;
const GOOD_ANSWERS_NEEDED = 2;
const LEFT_BEHIND_GRACE_MS = 500;

export interface ActivationDeps {
  readonly spawn: SpawnGroup;
  readonly supervisor: Supervisor;
  readonly projectDirectory: string;
  readonly environment: Environment;
  readonly secrets?: ProcessSecrets | undefined;
  readonly emit: EmitEvent;
  readonly nowMs: () => number;
}

/** Runs the build command; its output goes to the log, its last words into the failure. What it leaves running ends. */
export async function runBuild(plan: Plan, deps: ActivationDeps): Promise<void> {
  if (!plan.build) return;
  const { command, timeoutMs } = plan.build;
  const mark = markOf(deps.projectDirectory, 'build command');
  const group = await deps.spawn({
    argv: ['/bin/sh', '-c', command],
    cwd: deps.projectDirectory,
    env: { ...deps.environment, ...plan.process?.env, ...mark.environment },
  });
  group.stdin.end();
  const output = captureOutput(group, {
    ...{ source: 'build', emit: deps.emit, nowMs: deps.nowMs },
    correlationId: plan.correlationId,
    mask: deps.secrets?.mask,
  });
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort();
    signalGroup(group.id, 'SIGKILL');
  }, timeoutMs);
  const { exitCode } = await outputEnd(group);
  clearTimeout(timer);
  await endMarked(mark, LEFT_BEHIND_GRACE_MS);
  if (late.signal.aborted)
    throw failedBuild(`The build took longer than ${timeoutMs} ms`, output.read());
  if (exitCode !== 0)
    throw failedBuild(`The build failed with exit code ${exitCode}`, output.read());
}

function failedBuild(text: string, tail: string): ChangeSetFailure {
  return new ChangeSetFailure('build', withTail(text, tail));
}

/** What was seen of an app that works; `probe` is null when it has none. */
export interface Verified {
  readonly probe: ProbeResult | null;
  readonly slowestMs: number;
}

/** Watches that the app answers, and that it is the same process all the while. */
export async function verify(
  plan: Plan,
  running: RunningProcess | undefined,
  supervisor: Supervisor,
): Promise<Verified> {
  const phase: Phase = plan.probe ? 'probe' : 'restart';
  const watch = new AbortController();
  const outcome = plan.probe
    ? probeUntilHealthy(plan.probe, { goodAnswers: GOOD_ANSWERS_NEEDED, signal: watch.signal })
    : sleep(running ? ALIVE_MS : 0, null, { signal: watch.signal });
  try {
    const health = await Promise.race([outcome, ...(running ? [failOnExit(running, phase)] : [])]);
    if (running && supervisor.current(plan.process?.name ?? '')?.pid !== running.pid) {
      throw new ChangeSetFailure(phase, withTail('The app did not keep running', running.tail()));
    }
    if (health?.result.error) throw new ProbeFailure(health.result, running?.tail() ?? '');
    return { probe: health?.result ?? null, slowestMs: health?.slowestMs ?? 0 };
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
