import * as z from 'zod';
import {
  EmptySchema,
  IdParamsSchema,
  IdSchema,
  NameSchema,
  newName,
  TimestampSchema,
} from './common.ts';
import { defineRoute } from './route.ts';

export const MAX_PROMPTS_PER_PERSON = 100;

const PromptContentSchema = z.strictObject({
  /** What follows "/" in the chat. */
  name: newName(60),
  text: z.string().trim().min(1).max(8000),
  /** Everybody of the organization may use it, and its owner alone changes it. */
  isShared: z.boolean(),
});
export type PromptContent = z.infer<typeof PromptContentSchema>;

/** A text that people send to the chat again and again. */
const SavedPromptSchema = PromptContentSchema.extend({
  id: IdSchema,
  name: NameSchema.max(60),
  isMine: z.boolean(),
  ownerName: NameSchema,
  updatedAt: TimestampSchema,
});
export type SavedPrompt = z.infer<typeof SavedPromptSchema>;

export const promptRoutes = {
  list: defineRoute({
    method: 'GET',
    path: '/api/v1/prompts',
    access: 'read',
    summary: 'My saved prompts, and those that others of the organization share, by name',
    response: z.object({ items: z.array(SavedPromptSchema) }),
  }),
  create: defineRoute({
    method: 'POST',
    path: '/api/v1/prompts',
    access: 'write',
    auditedFirst: true,
    status: 201,
    summary: 'Save a prompt',
    body: PromptContentSchema,
    response: SavedPromptSchema,
  }),
  update: defineRoute({
    method: 'PUT',
    path: '/api/v1/prompts/:id',
    access: 'write',
    auditedFirst: true,
    summary: 'Change a prompt of my own',
    params: IdParamsSchema,
    body: PromptContentSchema,
    response: SavedPromptSchema,
  }),
  remove: defineRoute({
    method: 'DELETE',
    path: '/api/v1/prompts/:id',
    access: 'write',
    auditedFirst: true,
    summary: 'Delete a prompt: one of my own, as an admin a shared one of somebody else too',
    params: IdParamsSchema,
    response: EmptySchema,
  }),
};
