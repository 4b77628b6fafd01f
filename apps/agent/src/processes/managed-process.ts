import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EmitEvent } from '../connection/event-buffer.ts';
import type { Environment, GroupExit, ProcessGroup, SpawnGroup } from '../runtime/spawn-group.ts';
import { messageOf } from '../system/errors.ts';
import { stopGroup } from './process-group.ts';
import { captureOutput } from './process-output.ts';
import type { ProcessSpec } from './spec-store.ts';

const STOP_GRACE_MS = 3_000;
const OUTPUT_GRACE_MS = 500;
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
  stop(): Promise<void>;
  current(): RunningProcess | undefined;
  report(): void;
}

export function createManagedProcess(spec: ProcessSpec, deps: LaunchDeps): ManagedProcess {
  let state: State = 'stopped';
  let exitCode: number | null = null;
  let restarts = 0;
  let failures = 0;
  let isStopping = false;
  let running: RunningProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let launching: Promise<unknown> = Promise.resolve();

  function report(): void {
    deps.emit({ type: 'process', name: spec.name, state, exitCode, restarts });
  }

  function enter(next: State): void {
    state = next;
    report();
  }

  async function run(): Promise<RunningProcess> {
    enter('starting');
    const group = await deps.spawn({
      argv: ['/bin/sh', '-c', spec.command],
      cwd: deps.directory,
      env: { ...deps.environment, ...spec.env },
    });
    group.stdin.end();
    const startedMs = deps.nowMs();
    const output = captureOutput(group, { source: spec.name, emit: deps.emit, nowMs: deps.nowMs });
    const exited = outputRead(group).then((exit) => {
      running = undefined;
      exitCode = exit.exitCode;
      enter(isStopping ? 'stopped' : 'exited');
      if (!isStopping) scheduleRestart(deps.nowMs() - startedMs);
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
      launching = run().catch((error: unknown) => {
        deps.emit({
          type: 'log',
          at: deps.nowMs(),
          source: spec.name,
          level: 'error',
          text: messageOf(error),
        });
        if (!isStopping) scheduleRestart(0);
      });
    }, delayMs);
  }

  async function stop(): Promise<void> {
    isStopping = true;
    clearTimeout(timer);
    await launching;
    if (!running) return;
    const { pid, exited } = running;
    await stopGroup(pid, STOP_GRACE_MS);
    await exited;
  }

  return { spec, start: run, stop, current: () => running, report };
}

/** A process that left the group may hold the output open for ever: it is not waited for. */
async function outputRead(group: ProcessGroup): Promise<GroupExit> {
  const exit = await group.exited;
  await Promise.race([group.closed, sleep(OUTPUT_GRACE_MS, undefined, { ref: false })]);
  return exit;
}
