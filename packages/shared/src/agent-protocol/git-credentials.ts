import * as z from 'zod/mini';

/** How many questions of a workspace may wait for their answer. */
export const MAX_WAITING_QUESTIONS = 32;
/** A line of either direction is never longer. */
export const MAX_CREDENTIAL_LINE = 16 * 1024;

/**
 * Body of the `git-credentials` stream, one JSON document per line. The agent asks when git in the workspace does;
 * the control plane answers each question once, in any order.
 */
export const GitCredentialQuestionSchema = z.object({
  id: z.number().check(z.int(), z.gte(1)),
  protocol: z.string().check(z.maxLength(16)),
  /** With the port where it is not the usual one. */
  host: z.string().check(z.maxLength(512)),
  /** Absent unless git is told to send it. */
  path: z.optional(z.string().check(z.maxLength(2048))),
});
export type GitCredentialQuestion = z.infer<typeof GitCredentialQuestionSchema>;

export const GitCredentialAnswerSchema = z.object({
  id: z.number(),
  /** Absent: there is none for this host. */
  credential: z.optional(z.object({ username: z.string(), password: z.string() })),
  /** For people, why there is none. */
  reason: z.optional(z.string().check(z.maxLength(500))),
});
export type GitCredentialAnswer = z.infer<typeof GitCredentialAnswerSchema>;
