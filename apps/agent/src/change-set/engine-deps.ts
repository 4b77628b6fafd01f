import type { SpecStore } from '../processes/spec-store.ts';
import type { Stage } from './stage/child.ts';
import type { TransactionDeps } from './transaction.ts';

/** Clock that nobody sets, and that stands while the machine sleeps. */
export interface Clock {
  nowMs(): number;
  /** Rejects when the signal ends it early. */
  sleep(ms: number, signal: AbortSignal): Promise<unknown>;
}

export interface EngineDeps extends TransactionDeps {
  readonly stage: Stage;
  readonly store: SpecStore;
  readonly lastReceiptPath: string;
  readonly recoveredPath: string;
  readonly clock: Clock;
  /** How a change set ended after all may lie at `recoveredPath`. */
  onRecovered(): void;
}
