import * as z from 'zod';
import { defineRoute } from './route.ts';

const TemplateSummarySchema = z.object({
  name: z.string(),
  displayName: z.string(),
  /** Why it should not be used any more; null: it may be. */
  deprecation: z.string().nullable(),
});

/** One thing that has to be so for workspaces to run there. */
export const CoderCheckSchema = z.object({
  name: z.string(),
  ok: z.boolean(),
  /** What was found, or what to do. */
  words: z.string(),
});
export type CoderCheck = z.infer<typeof CoderCheckSchema>;

/** CoderStatusSchema is the Coder server of this installation as it answers now. */
export const CoderStatusSchema = z.object({
  url: z.string(),
  /** Null: it did not say. */
  version: z.string().nullable(),
  checks: z.array(CoderCheckSchema),
  templates: z.array(TemplateSummarySchema),
});
export type CoderStatus = z.infer<typeof CoderStatusSchema>;

export const CoderDraftSchema = z.object({
  /** A template of spt-flow that makes workspaces of it: the text of its file. */
  definition: z.record(z.string(), z.unknown()),
  /** What could not be carried over. */
  notes: z.array(z.string()),
});
export type CoderDraft = z.infer<typeof CoderDraftSchema>;

export const coderRoutes = {
  status: defineRoute({
    method: 'GET',
    path: '/api/v1/coder',
    access: 'admin',
    summary: 'The Coder server of this installation, and what keeps workspaces from running there',
    response: CoderStatusSchema,
  }),
  draft: defineRoute({
    method: 'GET',
    path: '/api/v1/coder/templates/:name',
    access: 'admin',
    summary: 'A template of spt-flow for a template of the Coder server; nothing is stored',
    params: z.object({ name: z.string().min(1).max(100) }),
    response: CoderDraftSchema,
  }),
};
