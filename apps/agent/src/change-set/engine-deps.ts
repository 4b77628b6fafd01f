import type { SpecStore } from '../processes/spec-store.ts';
import type { Stage } from './stage-child.ts';
import type { TransactionDeps } from './transaction.ts';

export interface EngineDeps extends TransactionDeps {
  readonly stage: Stage;
  readonly store: SpecStore;
  readonly lastReceiptPath: string;
  readonly recoveredPath: string;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** A committed change set was undone, since its app ended; the receipt lies at `recoveredPath`. */
  onReverted(): void;
}
