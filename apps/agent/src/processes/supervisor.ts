import {
  createManagedProcess,
  type LaunchDeps,
  type ManagedProcess,
  type RunningProcess,
} from './managed-process.ts';
import type { ProcessSpec, SpecStore } from './spec-store.ts';
import { createTurns } from './turns.ts';

export interface SupervisorDeps extends LaunchDeps {
  readonly store: SpecStore;
}

/** Supervisor keeps named processes running, also across restarts of the agent. */
export interface Supervisor {
  /** Starts or replaces; resolves once the first run has its process. */
  start(spec: ProcessSpec): Promise<RunningProcess>;
  /** False when there is no such process. It is asked to end, and killed after the grace. */
  stop(name: string, graceMs?: number): Promise<boolean>;
  spec(name: string): ProcessSpec | null;
  current(name: string): RunningProcess | undefined;
  /** Which run with other secrets than they would be started with now. */
  outdated(): string[];
  /** Starts it again as it is; nothing happens when there is no such process any more. */
  restart(name: string): Promise<void>;
  /** How long the process has been wanted; 0 when it is not. */
  ageMs(name: string): number;
  /** Starts what is wanted and is not there, as what ran when the agent ended. */
  resume(): Promise<void>;
  /** Ends all processes; they come back with the next agent. */
  suspend(): Promise<void>;
  /** Tells the state of each process again, for a listener that just came. */
  report(): void;
  readonly runningCount: number;
}

export function createSupervisor(deps: SupervisorDeps): Supervisor {
  const processes = new Map<string, ManagedProcess>();
  /** One action at a time: a start that overtakes a stop would leave two of them. */
  const inTurn = createTurns();

  async function manage(spec: ProcessSpec): Promise<ManagedProcess> {
    await processes.get(spec.name)?.stop();
    const managed = createManagedProcess(spec, deps);
    processes.set(spec.name, managed);
    return managed;
  }

  async function start(spec: ProcessSpec): Promise<RunningProcess> {
    await deps.store.write(spec);
    return (await manage(spec)).start();
  }

  async function stop(name: string, graceMs?: number): Promise<boolean> {
    await deps.store.remove(name);
    const managed = processes.get(name);
    processes.delete(name);
    await managed?.stop(graceMs);
    return managed !== undefined;
  }

  async function restart(name: string): Promise<void> {
    const spec = processes.get(name)?.spec;
    if (spec) await (await manage(spec)).start();
  }

  /** One that cannot be started does not keep the others from it. */
  async function resume(): Promise<void> {
    const { specs, damaged } = await deps.store.readAll();
    for (const name of damaged) complain(`What the process '${name}' runs cannot be read`);
    for (const spec of specs) {
      if (processes.has(spec.name)) continue;
      const managed = await manage(spec);
      await managed.start().catch(managed.startLater);
    }
  }

  function complain(text: string): void {
    deps.emit({ type: 'log', at: deps.nowMs(), source: 'agent', level: 'error', text });
  }

  async function suspend(): Promise<void> {
    await Promise.all([...processes.values()].map((managed) => managed.stop()));
    processes.clear();
  }

  return {
    start: (spec) => inTurn(() => start(spec)),
    stop: (name, graceMs) => inTurn(() => stop(name, graceMs)),
    spec: (name) => processes.get(name)?.spec ?? null,
    current: (name) => processes.get(name)?.current(),
    outdated: () => [...processes].flatMap(([name, each]) => (each.isOutdated() ? [name] : [])),
    restart: (name) => inTurn(() => restart(name)),
    ageMs: (name) => processes.get(name)?.ageMs() ?? 0,
    resume: () => inTurn(resume),
    suspend: () => inTurn(suspend),
    report: () => processes.forEach((managed) => managed.report()),
    get runningCount() {
      return [...processes.values()].filter((managed) => managed.current() !== undefined).length;
    },
  };
}
