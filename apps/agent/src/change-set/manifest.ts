import * as z from 'zod/mini';
import { ChangeSetRequestSchema } from '@spt-flow/shared/agent-protocol/change-set';

const Sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));

/** One edit without its content, which lies in the stage's file `after`. */
export const StagedEditSchema = z.object({
  index: z.number(),
  path: z.string(),
  /** Hash the file must have now; null: it must not exist; absent: not checked. */
  before: z.optional(z.nullable(Sha256)),
  /** Null: the file is to be deleted. */
  after: z.nullable(Sha256),
  /** Whether it may be run; absent: as before. */
  executable: z.optional(z.boolean()),
  /** Where in `after` the content is. */
  offset: z.number(),
  sizeBytes: z.number(),
});
export type StagedEdit = z.infer<typeof StagedEditSchema>;

export const CheckSchema = z.object({
  name: z.string(),
  ok: z.boolean(),
  detail: z.string(),
  durationMs: z.number(),
});
export type Check = z.infer<typeof CheckSchema>;

const PlanSchema = z.extend(
  z.pick(ChangeSetRequestSchema, { id: true, build: true, process: true, probe: true }),
  /** Of the request that asked for it, so that what its build says is found by it. */
  { correlationId: z.optional(z.string()) },
);
/** What to do besides the files. */
export type Plan = z.infer<typeof PlanSchema>;

/** Manifest is what the staging child hands to the agent: everything but the contents. */
export const ManifestSchema = z.object({
  plan: PlanSchema,
  edits: z.array(StagedEditSchema),
  checks: z.array(CheckSchema),
});
export type Manifest = z.infer<typeof ManifestSchema>;

/** What the child prints: a manifest, or why the request is not one. */
export const StageResultSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), manifest: ManifestSchema }),
  z.object({
    ok: z.literal(false),
    code: z.enum(['bad_request', 'path_not_permitted', 'too_large', 'internal']),
    message: z.string(),
  }),
]);
export type StageResult = z.infer<typeof StageResultSchema>;

export { PlanSchema };
