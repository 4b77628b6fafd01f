import {
  createManagedProcess,
  type LaunchDeps,
  type ManagedProcess,
  type RunningProcess,
} from './managed-process.ts';
import type { ProcessSpec, SpecStore } from './spec-store.ts';

export interface SupervisorDeps extends LaunchDeps {
  readonly store: SpecStore;
}

/** Supervisor keeps named processes running, also across restarts of the agent. */
export interface Supervisor {
  /** Starts or replaces; resolves once the first run has its process. */
  start(spec: ProcessSpec): Promise<RunningProcess>;
  /** False when there is no such process. */
  stop(name: string): Promise<boolean>;
  spec(name: string): ProcessSpec | null;
  current(name: string): RunningProcess | undefined;
  /** Starts what ran when the agent ended. */
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
  let queue: Promise<unknown> = Promise.resolve();

  function inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = queue.then(action);
    queue = result.catch(() => undefined);
    return result;
  }

  async function launch(spec: ProcessSpec): Promise<RunningProcess> {
    await processes.get(spec.name)?.stop();
    const managed = createManagedProcess(spec, deps);
    processes.set(spec.name, managed);
    return managed.start();
  }

  async function start(spec: ProcessSpec): Promise<RunningProcess> {
    await deps.store.write(spec);
    return launch(spec);
  }

  async function stop(name: string): Promise<boolean> {
    await deps.store.remove(name);
    const managed = processes.get(name);
    processes.delete(name);
    await managed?.stop();
    return managed !== undefined;
  }

  async function resume(): Promise<void> {
    for (const spec of await deps.store.readAll()) await launch(spec);
  }

  async function suspend(): Promise<void> {
    await Promise.all([...processes.values()].map((managed) => managed.stop()));
    processes.clear();
  }

  return {
    start: (spec) => inTurn(() => start(spec)),
    stop: (name) => inTurn(() => stop(name)),
    spec: (name) => processes.get(name)?.spec ?? null,
    current: (name) => processes.get(name)?.current(),
    resume: () => inTurn(resume),
    suspend: () => inTurn(suspend),
    report: () => processes.forEach((managed) => managed.report()),
    get runningCount() {
      return [...processes.values()].filter((managed) => managed.current() !== undefined).length;
    },
  };
}
