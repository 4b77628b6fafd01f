import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';

/** What may wait while what came before is stored. */
const MAX_GATHERED_BYTES = 64 * 1024;

export interface EventQueueDeps {
  /** Undefined: it is done already. */
  store(events: readonly AgentEvent[]): Promise<void> | undefined;
  pause(): void;
  resume(): void;
  onError(error: unknown): void;
}

/**
 * EventQueue stores what an agent tells in order: one batch at a time, and all that comes meanwhile as the next.
 * INVARIANT: nothing after what failed, for what is stored of a later line says that the earlier ones are.
 */
export interface EventQueue {
  /** True while nothing can be told of the agent, since it may be waiting for us. */
  readonly isStoring: boolean;
  push(events: readonly AgentEvent[], bytes: number): void;
}

export function createEventQueue({ store, pause, resume, onError }: EventQueueDeps): EventQueue {
  let gathered: AgentEvent[] = [];
  let gatheredBytes = 0;
  let isStoring = false;
  let hasFailed = false;

  async function storeAll(first: Promise<void>): Promise<void> {
    isStoring = true;
    try {
      await first;
      while (gatheredBytes > 0) {
        const events = gathered;
        gathered = [];
        gatheredBytes = 0;
        resume();
        await store(events);
      }
    } catch (error) {
      hasFailed = true;
      onError(error);
    } finally {
      isStoring = false;
    }
  }

  return {
    get isStoring() {
      return isStoring;
    },
    push(events, bytes) {
      if (hasFailed) return;
      if (!isStoring) {
        const stored = store(events);
        if (stored) void storeAll(stored);
        return;
      }
      gathered.push(...events);
      gatheredBytes += bytes;
      if (gatheredBytes >= MAX_GATHERED_BYTES) pause();
    },
  };
}
