import * as z from 'zod';

/** What git forbids in the names of branches and tags, and what it would take for an option or a range. */
const REF =
  /^(?![-/.])(?!.*(?:\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)))[^\s\0-\x1f\x7f~^:?*[\\]+(?<![/.])$/;

/** CloneOptionsSchema says how much of a repository comes into the workspace. */
export const CloneOptionsSchema = z.strictObject({
  /** Branch, tag or full commit id; null: the main branch. */
  ref: z
    .string()
    .max(255)
    .regex(REF, 'must be a branch, a tag or a commit')
    .nullable()
    .default(null),
  /** This many commits of the history only; null: all. */
  depth: z.number().int().min(1).max(100_000).nullable().default(null),
  /** Contents of files come when they are needed: much less to wait for in large repositories. */
  partial: z.boolean().default(false),
  submodules: z.boolean().default(true),
});
export type CloneOptions = z.infer<typeof CloneOptionsSchema>;
