import type { Principal } from '../../lib/principal.ts';

/** SnapshotCall is who asks. */
export interface SnapshotCall {
  readonly principal: Principal;
  readonly correlationId: string;
}
