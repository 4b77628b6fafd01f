import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import type { Mask } from '@spt-flow/shared/agent-protocol/known-values';
import type { EmitEvent } from '../connection/event-buffer.ts';
import type { Environment, GroupExit, SpawnGroup } from '../runtime/spawn-group.ts';
import { messageOf } from '../system/errors.ts';
import { endMarked, markOf } from './marked-processes.ts';
import { outputEnd } from './output-end.ts';
import { stopGroup } from './process-group.ts';
import { captureOutput } from './process-output.ts';
import type { ProcessSpec } from './spec-store.ts';

const STOP_GRACE_MS = 3_000;
/** What an app left behind when it ended by itself is not waited for as long. */
const LEFT_BEHIND_GRACE_MS = 500;
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;
/** A run this long counts as healthy, and the next failure starts at the first delay again. */
const HEALTHY_RUN_MS = 60_000;

type State = Extract<AgentEvent, { type: 'process' }>['state'];

export interface LaunchDeps {
  readonly spawn: SpawnGroup;
  readonly emit: EmitEvent;
  readonly nowMs: () => number;
  readonly directory: string;
  readonly environment: Environment;
  readonly secrets?: ProcessSecrets | undefined;
}

/** ProcessSecrets is what processes must know of secrets in their environment. */
export interface ProcessSecrets {
  /** Another one when a value is another one. */
  revision(): string;
  readonly mask: Mask;
}

/** One run of a supervised process, as a change set watches it. */
export interface RunningProcess {
  readonly pid: number;
  readonly exited: Promise<GroupExit>;
  /** True when somebody asked it to end. */
  wasStopped(): boolean;
  /** Its last words. */
  tail(): string;
}

/** ManagedProcess is one supervised process: restarted with growing delays until it is stopped. */
export interface ManagedProcess {
  readonly spec: ProcessSpec;
  start(): Promise<RunningProcess>;
  /** Tries again later, as after a crash. */
  startLater(reason: unknown): void;
  /** Asks it to end, and kills it after the grace. */
  stop(graceMs?: number): Promise<void>;
  current(): RunningProcess | undefined;
  /** It runs with other secrets than it would be started with now. */
  isOutdated(): boolean;
  /** Since somebody asked for it, whether it ran all the while or not. */
  ageMs(): number;
  report(): void;
}

export function createManagedProcess(spec: ProcessSpec, deps: LaunchDeps): ManagedProcess {
  const mark = markOf(deps.directory, spec.name);
  const createdMs = performance.now();
  let state: State = 'stopped';
  let exitCode: number | null = null;
  let restarts = 0;
  let failures = 0;
  let isStopping = false;
  let running: RunningProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let launching: Promise<unknown> = Promise.resolve();
  let startedWith: string | undefined;

  function report(): void {
    deps.emit({ type: 'process', name: spec.name, state, exitCode, restarts });
  }

  function tell(level: 'warn' | 'error', text: string): void {
    deps.emit({ type: 'log', at: deps.nowMs(), source: spec.name, level, text });
  }

  function enter(next: State): void {
    state = next;
    report();
  }

  async function run(): Promise<RunningProcess> {
    enter('starting');
    startedWith = deps.secrets?.revision();
    const group = await deps.spawn({
      argv: ['/bin/sh', '-c', spec.command],
      cwd: deps.directory,
      env: { ...deps.environment, ...spec.env, ...mark.environment },
    });
    group.stdin.end();
    const startedMs = performance.now();
    const output = captureOutput(group, {
      ...{ source: spec.name, emit: deps.emit, nowMs: deps.nowMs },
      mask: deps.secrets?.mask,
    });
    const exited = outputEnd(group).then(async (exit) => {
      if (!isStopping) await endMarked(mark, LEFT_BEHIND_GRACE_MS);
      running = undefined;
      exitCode = exit.exitCode;
      enter(isStopping ? 'stopped' : 'exited');
      if (!isStopping) tell('warn', `The process "${spec.name}" exited with ${endOf(exit)}`);
      if (!isStopping) scheduleRestart(performance.now() - startedMs);
      return exit;
    });
    running = { pid: group.id, exited, wasStopped: () => isStopping, tail: output.read };
    enter('running');
    return running;
  }

  function scheduleRestart(ranMs: number): void {
    failures = ranMs >= HEALTHY_RUN_MS ? 0 : failures;
    const delayMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** failures);
    failures += 1;
    enter('backoff');
    timer = setTimeout(() => {
      restarts += 1;
      launching = run().catch(startLater);
    }, delayMs);
  }

  function startLater(reason: unknown): void {
    tell('error', messageOf(reason));
    if (!isStopping) scheduleRestart(0);
  }

  async function stop(graceMs = STOP_GRACE_MS): Promise<void> {
    isStopping = true;
    clearTimeout(timer);
    await launching;
    if (running) {
      const { pid, exited } = running;
      await stopGroup(pid, graceMs);
      // Only then: for many programs a second signal means to drop everything.
      await endMarked(mark, LEFT_BEHIND_GRACE_MS);
      await exited;
    }
    if (state !== 'stopped') enter('stopped');
  }

  return {
    spec,
    start: run,
    startLater,
    stop,
    current: () => running,
    isOutdated: () => running !== undefined && startedWith !== deps.secrets?.revision(),
    ageMs: () => performance.now() - createdMs,
    report,
  };
}

function endOf({ exitCode, signal }: GroupExit): string {
  return signal ?? `code ${exitCode}`;
}
