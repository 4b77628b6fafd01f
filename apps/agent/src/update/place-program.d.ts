import type { ReleaseTarget } from '@spt-flow/releases/release-target';
import { type Slot, type UpdatePlaces } from './update-places.ts';
export interface Placement {
  readonly places: UpdatePlaces;
  /** Not the one that runs. */
  readonly slot: Slot;
  /** Verified. */
  readonly file: string;
  readonly target: ReleaseTarget;
  /** Said between steps, so that tests can end the process there. */
  step(name: string): Promise<void> | void;
}
/**
 * placeProgram makes a slot of a verified file: whole and on the disk, or as it was. The program has to say on this
 * machine that it is the version that was asked for.
 */
export declare function placeProgram(placement: Placement): Promise<void>;
