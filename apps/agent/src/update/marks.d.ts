import { type Slot } from './update-places.ts';
/** Marks are files of one line, so that a shell can read them. */
export declare function readMark(path: string): Promise<string | undefined>;
/** Anything else than a slot is none. */
export declare function readSlot(path: string): Promise<Slot | undefined>;
