import * as z from 'zod/mini';
import type { UpdatePlaces } from './update-places.ts';
declare const ReleaseRecordSchema: z.ZodMiniObject<
  {
    version: z.ZodMiniString<string>;
    sequence: z.ZodMiniNumber<number>;
  },
  z.core.$strip
>;
export type ReleaseRecord = z.infer<typeof ReleaseRecordSchema>;
export declare const ArmedSchema: z.ZodMiniObject<
  {
    id: z.ZodMiniUUID;
    from: z.ZodMiniString<string>;
    version: z.ZodMiniString<string>;
  },
  z.core.$strip
>;
export type Armed = z.infer<typeof ArmedSchema>;
/** What is known of the release that runs; undefined: it was installed, or its record is of another version. */
export declare function readInstalled(
  places: UpdatePlaces,
  version: string,
): Promise<ReleaseRecord | undefined>;
/** Undefined: there is none, or a crash has left half of one. */
export declare function readJson<T extends z.ZodMiniType>(
  path: string,
  schema: T,
): Promise<z.output<T> | undefined>;
export {};
