import * as z from 'zod/mini';
import { LateFailureSchema, ProbeResultSchema } from '@spt-flow/shared/agent-protocol/change-set';
import { readIfThere, removeDurably, writeDurably } from '../system/durable-file.ts';
import { ProcessSpecSchema } from '../processes/spec-store.ts';
import { CheckSchema, PlanSchema } from './manifest.ts';

const Sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));

/** A file's bytes and mode; the bytes lie in one file of the stage with those of the others, for one sync serves all. */
const StagedContentSchema = z.object({
  sha256: Sha256,
  mode: z.number(),
  offset: z.number(),
  sizeBytes: z.number(),
});

const JournalEntrySchema = z.object({
  index: z.number(),
  path: z.string(),
  /** Null: the file did not exist; its bytes lie in the stage's file `before`. */
  old: z.nullable(z.extend(StagedContentSchema, { uid: z.number(), gid: z.number() })),
  /** Null: the file is deleted; its new bytes lie in the stage's file `after`. */
  after: z.nullable(StagedContentSchema),
  /** Directories that this entry makes, outermost first. */
  createdDirectories: z.array(z.string()),
});
export type JournalEntry = z.infer<typeof JournalEntrySchema>;

export const JournalSchema = z.object({
  /** `prepared`: undo when found at start. `committed`: keep, only clean up. */
  state: z.enum(['prepared', 'committed']),
  plan: PlanSchema,
  /** What ran under the plan's process name before; null: nothing. */
  baseline: z.nullable(ProcessSpecSchema),
  /** The app did not work before, so it is not held against the change set when it does not work after it. */
  wasBroken: z.boolean(),
  /** The build may have changed files besides the entries. */
  hasBuilt: z.boolean(),
  entries: z.array(JournalEntrySchema),
  checks: z.array(CheckSchema),
  startedMs: z.number(),
  /** Why a change set that was committed is being undone after all. */
  late: z.optional(
    z.object({
      reason: z.string(),
      failure: LateFailureSchema,
      probe: z.nullable(ProbeResultSchema),
    }),
  ),
});
export type Journal = z.infer<typeof JournalSchema>;

/** The journal is one file, replaced as a whole: its state changes by rename. */
export async function writeJournal(path: string, journal: Journal): Promise<void> {
  await writeDurably(path, JSON.stringify(journal));
}

export async function readJournal(path: string): Promise<Journal | null> {
  const text = await readIfThere(path);
  return text === undefined ? null : JournalSchema.parse(JSON.parse(text));
}

export async function removeJournal(path: string): Promise<void> {
  await removeDurably(path);
}
