import * as z from 'zod/mini';

const Count = z.number().check(z.int(), z.gte(0));
const Version = z.string().check(z.maxLength(64));
const Reason = z.string().check(z.maxLength(2_000));

/**
 * What the agent writes on an `update` stream, one JSON document per line: it asks for parts of files, one after the
 * other, and says at the end what came of it. After each question the control plane writes a line of `UpdatePartSchema`
 * and then as many bytes as that says.
 */
export const UpdateLineSchema = z.union([
  z.object({
    /** Below the folder of releases. */
    get: z.string().check(z.maxLength(300)),
    offset: Count,
    /** More than that is not wanted. */
    maxBytes: Count,
  }),
  z.object({
    /** `staged`: the new version starts next, and tells by an event what came of that. */
    outcome: z.enum(['staged', 'present', 'refused']),
    /** Why not: one of the codes of releases. */
    fault: z.optional(z.string().check(z.maxLength(40))),
    message: z.optional(Reason),
  }),
]);
export type UpdateLine = z.infer<typeof UpdateLineSchema>;

export const UpdatePartSchema = z.object({
  /** Of the whole file; null: there is none. */
  sizeBytes: z.nullable(Count),
  /** Of what follows. */
  lengthBytes: Count,
});
export type UpdatePart = z.infer<typeof UpdatePartSchema>;

/** What became of a version that was started, told until the next one comes; it counts once. */
export const UpdateOutcomeSchema = z.object({
  /** Names this attempt. */
  id: z.uuid(),
  outcome: z.enum(['committed', 'reverted']),
  from: Version,
  version: Version,
  reason: z.optional(Reason),
});
export type UpdateOutcome = z.infer<typeof UpdateOutcomeSchema>;

/** Where a machine that joins finds the root metadata of the releases that it will trust from then on. */
export const UPDATE_ROOT_PATH = '/agents/v1/update-root';
