import type { Readable, Writable } from 'node:stream';
import { type Slot, type UpdatePlaces } from './update-places.ts';
export interface UpdateOrder {
  readonly places: UpdatePlaces;
  /** The root that this machine trusts; undefined: it was told of none. */
  readonly root: Buffer | undefined;
  readonly version: string;
  readonly platform: string;
  /** Of the program that runs. */
  readonly ownVersion: string;
  readonly nowMs: number;
  step?(name: string): Promise<void> | void;
}
export interface UpdateStreams {
  readonly input: Readable;
  readonly output: Writable;
}
/** runUpdate fetches and verifies a version, and lays it into the slot that does not run; answers the slot. */
export declare function runUpdate(
  order: UpdateOrder,
  { input, output }: UpdateStreams,
): Promise<Slot | undefined>;
/** The file of the settings, else what was built in. */
export declare function readRoot(
  file: string | undefined,
  builtIn: string | undefined,
): Promise<Buffer | undefined>;
