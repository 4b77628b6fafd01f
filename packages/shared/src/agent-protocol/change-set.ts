import * as z from 'zod/mini';
import { boundedArray } from './bounded-array.ts';

const Sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const Path = z.string().check(z.minLength(1), z.maxLength(1024));

/** Of one change set. */
const MAX_FILES = 10_000;

export const ChangeSetEditSchema = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('write'),
    path: Path,
    /** base64 */
    content: z.string(),
    /** Whether it may be run; absent: as before, and not when it is new. */
    executable: z.optional(z.boolean()),
    /** Hash the file must have now; null: it must not exist; absent: not checked. */
    before: z.optional(z.nullable(Sha256)),
  }),
  z.object({ action: z.literal('delete'), path: Path, before: z.optional(z.nullable(Sha256)) }),
]);

export const ChangeSetRequestSchema = z.object({
  id: z.uuid(),
  edits: boundedArray(ChangeSetEditSchema, MAX_FILES),
  /** Shell command run after the write, e.g. `npm install`; failing undoes the change set. */
  build: z.nullable(z.object({ command: z.string(), timeoutMs: z.number() })),
  /** The supervised process to restart with the new files; null: none. */
  process: z.nullable(
    z.object({ name: z.string(), command: z.string(), env: z.record(z.string(), z.string()) }),
  ),
  /** How the running app proves that it works; it must answer below 500 within the time. */
  probe: z.nullable(z.object({ port: z.number(), path: z.string(), timeoutMs: z.number() })),
});
export type ChangeSetRequest = z.infer<typeof ChangeSetRequestSchema>;

export const CHANGE_SET_PHASES = [
  'check',
  'write',
  'build',
  'restart',
  'probe',
  'commit',
  'rollback',
] as const;

/** Progress while it runs; `done` carries how long the phase took. */
export const ChangeSetProgressSchema = z.object({
  phase: z.enum(CHANGE_SET_PHASES),
  state: z.enum(['running', 'done', 'failed']),
  detail: z.string(),
  durationMs: z.number(),
});
export type ChangeSetProgress = z.infer<typeof ChangeSetProgressSchema>;

export const ProbeResultSchema = z.object({
  url: z.string(),
  status: z.nullable(z.number()),
  durationMs: z.number(),
  error: z.nullable(z.string()),
});

/** How an app failed by itself soon after its change set was committed: it ended, or gave no good answer any more. */
export const LateFailureSchema = z.object({
  kind: z.enum(['ended', 'unhealthy']),
  afterMs: z.number(),
});

export const ChangeSetReceiptSchema = z.object({
  id: z.uuid(),
  outcome: z.enum(['committed', 'rolled_back', 'rejected']),
  /** Why it was not committed, or what is wrong with the app all the same: the checker's, build's or app's own words, cut to 4 kB. */
  reason: z.nullable(z.string()),
  /** The phase that failed. */
  failedPhase: z.nullable(z.enum(CHANGE_SET_PHASES)),
  files: boundedArray(
    z.object({
      path: z.string(),
      change: z.enum(['created', 'updated', 'deleted']),
      before: z.nullable(Sha256),
      after: z.nullable(Sha256),
    }),
    MAX_FILES,
  ),
  checks: boundedArray(
    z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), durationMs: z.number() }),
    MAX_FILES,
  ),
  probe: z.nullable(ProbeResultSchema),
  /** The app did not work before; that it does not work now is not held against the change set. */
  wasBroken: z.boolean(),
  /** True when the old app answered again after the rollback, or nothing had run before. */
  restored: z.boolean(),
  durationMs: z.number(),
  /** Present when it was committed first, and undone because the app failed soon after. */
  lateFailure: z.optional(LateFailureSchema),
});
export type ChangeSetReceipt = z.infer<typeof ChangeSetReceiptSchema>;

/** How the agent sends a receipt: signed with its key over these very bytes (context `patch-receipt`). */
export const SignedReceiptSchema = z.object({
  /** JSON of `ChangeSetReceiptSchema`. */
  text: z.string(),
  /** SHA-256 of the public key, base64url. */
  keyId: z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/)),
  signature: z.string().check(z.regex(/^[A-Za-z0-9_-]{86}$/)),
});
export type SignedReceipt = z.infer<typeof SignedReceiptSchema>;
