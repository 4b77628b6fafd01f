import { z } from 'zod';
import {
  EmptySchema,
  HandleParamsSchema,
  IdSchema,
  PageQuerySchema,
  TimestampSchema,
  pageOf,
} from './common.ts';
import { defineRoute } from './route.ts';

export const MESSAGE_ROLES = ['user', 'assistant', 'system'] as const;
export const TURN_STATES = ['queued', 'running', 'done', 'failed', 'stopped'] as const;

/** A step of a turn as people see it: "Editing server.js", "Checking: 200 in 84 ms". */
export const TurnStepSchema = z.object({
  id: z.string(),
  label: z.string(),
  state: z.enum(['running', 'done', 'failed']),
  detail: z.string().nullable(),
  durationMs: z.number().nullable(),
});
export type TurnStep = z.infer<typeof TurnStepSchema>;

/** What a browser saw of the changed app. */
export const PageProofSchema = z.object({
  screenshotId: IdSchema,
  title: z.string(),
  /** Errors of the page's console. */
  problems: z.array(z.string()),
  /** Something of other sites was not loaded, so that its errors prove nothing. */
  isPartial: z.boolean(),
});
export type PageProof = z.infer<typeof PageProofSchema>;

/** ChatUsage is what the turns of a project have used; money in millionths of a dollar. */
export const ChatUsageSchema = z.object({
  tokens: z.number().int(),
  costMicros: z.number().int(),
  /** Null: no limit. */
  budgetMicros: z.number().int().nullable(),
});
export type ChatUsage = z.infer<typeof ChatUsageSchema>;

export const MessageSchema = z.object({
  id: IdSchema,
  role: z.enum(MESSAGE_ROLES),
  content: z.string(),
  /** Given by the sender, so that sending again is harmless; null for others than `user`. */
  clientMessageId: z.string().nullable(),
  turnId: IdSchema.nullable(),
  steps: z.array(TurnStepSchema),
  /** Answers offered as buttons. */
  choices: z.array(z.string()),
  changeSetId: IdSchema.nullable(),
  /** Absent when no browser looked at the app. */
  proof: PageProofSchema.optional(),
  /** Set on assistant messages. */
  state: z.enum(TURN_STATES).nullable(),
  tokensUsed: z.number().int(),
  /** What the turn cost, in millionths of a dollar; absent when nothing. */
  costMicros: z.number().int().optional(),
  createdAt: TimestampSchema,
});
export type Message = z.infer<typeof MessageSchema>;

/** A message that a search found. */
const FoundMessageSchema = z.object({
  id: IdSchema,
  role: z.enum(MESSAGE_ROLES),
  project: z.object({ id: IdSchema, name: z.string(), slug: z.string() }),
  /** The part of the text around the words, in pieces. */
  excerpt: z.array(z.object({ text: z.string(), isHit: z.boolean() })),
  createdAt: TimestampSchema,
});
export type FoundMessage = z.infer<typeof FoundMessageSchema>;

/** What somebody does at a conversation: it counts for a while only and is told again. */
export const PRESENCE_ACTIVITIES = ['here', 'typing', 'away'] as const;

const MessageParamsSchema = HandleParamsSchema.extend({ id: IdSchema });

export const conversationRoutes = {
  messages: defineRoute({
    method: 'GET',
    path: '/api/v1/projects/:handle/messages',
    access: 'read',
    summary: 'Conversation, newest page first, each page in order of time',
    params: HandleParamsSchema,
    query: PageQuerySchema,
    response: pageOf(MessageSchema).extend({
      /** Subscribe to `project:<id>` after this cursor to miss nothing and see nothing twice. */
      liveCursor: z.number().int(),
      provider: z.object({
        name: z.string(),
        model: z.string().nullable(),
        /** True when no model key is set and answers come from templates. */ templatesOnly:
          z.boolean(),
      }),
    }),
  }),
  send: defineRoute({
    method: 'POST',
    path: '/api/v1/projects/:handle/messages',
    access: 'write',
    status: 202,
    summary: 'Say something; the answer arrives as live events',
    params: HandleParamsSchema,
    body: z.object({
      clientMessageId: z.string().min(8).max(64),
      content: z.string().trim().min(1).max(20_000),
    }),
    response: MessageSchema,
  }),
  stop: defineRoute({
    method: 'POST',
    path: '/api/v1/projects/:handle/stop-turn',
    access: 'write',
    status: 202,
    summary: 'Stop the running turn; the app stays as it was',
    params: HandleParamsSchema,
    response: z.object({ stopped: z.boolean() }),
  }),
  retry: defineRoute({
    method: 'POST',
    path: '/api/v1/projects/:handle/messages/:id/retry',
    access: 'write',
    status: 202,
    summary: 'Answer the last message anew; the new answer takes the place of the old one',
    params: MessageParamsSchema,
    response: MessageSchema,
  }),
  withdraw: defineRoute({
    method: 'DELETE',
    path: '/api/v1/projects/:handle/messages/:id',
    access: 'write',
    summary: 'Take back a message that still waits for its turn',
    params: MessageParamsSchema,
    response: MessageSchema,
  }),
  search: defineRoute({
    method: 'GET',
    path: '/api/v1/messages',
    access: 'read',
    summary: 'Messages of all conversations that hold all of the words, newest first',
    query: PageQuerySchema.extend({ words: z.string().trim().max(200).default('') }),
    response: pageOf(FoundMessageSchema),
  }),
  presence: defineRoute({
    method: 'POST',
    path: '/api/v1/projects/:handle/presence',
    access: 'read',
    summary: 'Tell those who look at the conversation what one is doing there',
    params: HandleParamsSchema,
    body: z.strictObject({ activity: z.enum(PRESENCE_ACTIVITIES) }),
    response: EmptySchema,
  }),
  usage: defineRoute({
    method: 'GET',
    path: '/api/v1/projects/:handle/chat-usage',
    access: 'read',
    summary: 'Tokens and money that the chat of a project has used, and its budget',
    params: HandleParamsSchema,
    response: ChatUsageSchema,
  }),
  screenshot: defineRoute({
    method: 'GET',
    path: '/api/v1/projects/:handle/screenshots/:screenshotId',
    access: 'read',
    summary: 'What a browser saw of the app after a change',
    params: HandleParamsSchema.extend({ screenshotId: IdSchema }),
    response: z.object({ dataUrl: z.string() }),
  }),
};
