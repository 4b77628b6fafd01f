import { readIfThere } from '../system/durable-file.ts';
import { SLOTS, type Slot } from './update-places.ts';

/** Marks are files of one line, so that a shell can read them. */
export async function readMark(path: string): Promise<string | undefined> {
  const text = (await readIfThere(path))?.trim();
  return text === '' ? undefined : text;
}

/** Anything else than a slot is none. */
export async function readSlot(path: string): Promise<Slot | undefined> {
  const mark = await readMark(path);
  return SLOTS.find((slot) => slot === mark);
}
