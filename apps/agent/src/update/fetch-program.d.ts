import { type ReleaseTarget } from '@spt-flow/releases/release-target';
import type { UpdatePlaces } from './update-places.ts';
import type { UpdateSource } from './update-source.ts';
/** fetchProgram answers a file that is what was signed, byte for byte; what came of it before is not fetched again. */
export declare function fetchProgram(
  source: UpdateSource,
  target: ReleaseTarget,
  places: UpdatePlaces,
): Promise<string>;
