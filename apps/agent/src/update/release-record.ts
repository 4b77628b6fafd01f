import * as z from 'zod/mini';
import { readIfThere } from '../system/durable-file.ts';
import { readSlot } from './marks.ts';
import type { UpdatePlaces } from './update-places.ts';

const ReleaseRecordSchema = z.object({ version: z.string(), sequence: z.number() });
export type ReleaseRecord = z.infer<typeof ReleaseRecordSchema>;

export const ArmedSchema = z.object({ id: z.uuid(), from: z.string(), version: z.string() });

/** What is known of the release that runs; undefined: it was installed, or its record is of another version. */
export async function readInstalled(
  places: UpdatePlaces,
  version: string,
): Promise<ReleaseRecord | undefined> {
  const slot = await readSlot(places.current);
  if (slot === undefined) return undefined;
  const record = await readJson(places.release(slot), ReleaseRecordSchema);
  return record?.version === version ? record : undefined;
}

/** Undefined: there is none, or a crash has left half of one. */
export async function readJson<T extends z.ZodMiniType>(
  path: string,
  schema: T,
): Promise<z.output<T> | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
