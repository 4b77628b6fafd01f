import { readIfThere, removeDurably, writeDurably } from '../system/durable-file.ts';
import { AgentError } from '../system/errors.ts';
import { createTurns } from './turns.ts';

export interface SuspensionDeps {
  /** Exists while the agent is suspended. */
  readonly path: string;
  /** A change set is being applied. */
  isBusy(): boolean;
  /** Ends everything that runs; what was running comes back with `resume`. */
  suspend(): Promise<void>;
  resume(): Promise<void>;
}

/**
 * Suspension is how a machine that nobody here can turn off is stopped: what the agent runs ends, and nothing new
 * begins. INVARIANT: it holds across restarts of agent and machine.
 */
export interface Suspension {
  readonly isSuspended: boolean;
  suspend(): Promise<void>;
  resume(): Promise<void>;
}

export async function createSuspension(deps: SuspensionDeps): Promise<Suspension> {
  let isSuspended = (await readIfThere(deps.path)) !== undefined;
  const inTurn = createTurns();

  async function suspend(): Promise<void> {
    if (isSuspended) return;
    if (deps.isBusy()) throw new AgentError('busy', 'A change set is being applied');
    await writeDurably(deps.path, '');
    isSuspended = true;
    await deps.suspend();
  }

  async function resume(): Promise<void> {
    if (!isSuspended) return;
    await removeDurably(deps.path);
    isSuspended = false;
    await deps.resume();
  }

  return {
    get isSuspended() {
      return isSuspended;
    },
    suspend: () => inTurn(suspend),
    resume: () => inTurn(resume),
  };
}
