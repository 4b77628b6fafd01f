import * as z from 'zod';
import { withFewMarks } from '../domain/marks.ts';
import {
  EmptySchema,
  HandleParamsSchema,
  IdSchema,
  NameSchema,
  pageOf,
  PageQuerySchema,
  TimestampSchema,
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
  /** How far the whole change is when the step begins, from 0 to 1; present while it runs. */
  progress: z.number().optional(),
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

/** At most, in one card. */
export const MAX_QUESTIONS = 5;

/** A question that the chat asks before it goes on; other answers than the choices are always possible. */
export const QuestionSchema = z.object({
  question: z.string().trim().min(1).max(500),
  choices: z.array(z.string().trim().min(1).max(80)).max(5),
});
export type Question = z.infer<typeof QuestionSchema>;

const PlanLinesSchema = z.array(z.string().trim().min(1).max(300)).max(20);

/** What the chat would build, for a person to approve before anything is written. */
export const PlanSchema = z.object({
  title: z.string().trim().min(1).max(120),
  pages: PlanLinesSchema,
  data: PlanLinesSchema,
  behaviour: PlanLinesSchema,
  /** What was asked for, or could be expected, and is not part of it. */
  leftOut: PlanLinesSchema,
});
export type Plan = z.infer<typeof PlanSchema>;

/** Of one message. */
export const MAX_ATTACHMENTS = 4;
export const MAX_ATTACHMENT_BYTES = 5 * 1024 * 1024;
export const ATTACHMENT_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'] as const;

/** A picture that a person shows to the chat. */
export const AttachmentSchema = z.object({
  id: IdSchema,
  /** What it shows, in words: for those who can't see it, people and models. */
  alt: z.string().max(200),
  mediaType: z.enum(ATTACHMENT_TYPES),
  width: z.number().int().positive(),
  height: z.number().int().positive(),
});
export type Attachment = z.infer<typeof AttachmentSchema>;

/** AttachedSchema is a picture that was uploaded before, as a message takes it along. */
export const AttachedSchema = AttachmentSchema.pick({ id: true, alt: true });

/** SentContentSchema is what every message has that a person sends. */
export const SentContentSchema = z.object({
  clientMessageId: z.string().min(8).max(64),
  content: z.string().trim().min(1).max(20_000).overwrite(withFewMarks),
  attachments: z.array(AttachedSchema).max(MAX_ATTACHMENTS).default([]),
});

/** Longer than of a picture of the permitted size, whose error then says how large it is. */
const MAX_BASE64_CHARACTERS = 7_500_000;

/** What a person says to a plan other than in words. */
export const VerdictSchema = z.object({
  /** The message with the plan. */
  planId: IdSchema,
  decision: z.enum(['approve', 'decline']),
});
export type Verdict = z.infer<typeof VerdictSchema>;

/** ChatUsage is what the turns of a project have used; money in millionths of a dollar. */
export const ChatUsageSchema = z.object({
  tokens: z.number().int(),
  costMicros: z.number().int(),
  /** The lower one of those of the project and the installation; null: no limit. */
  budgetMicros: z.number().int().nullable(),
  /** Of the project alone. */
  ownBudgetMicros: z.number().int().nullable(),
});
export type ChatUsage = z.infer<typeof ChatUsageSchema>;

/** A million dollars. */
export const MAX_CHAT_BUDGET_MICROS = 1_000_000_000_000;

export const MessageSchema = z.object({
  id: IdSchema,
  role: z.enum(MESSAGE_ROLES),
  content: z.string().overwrite(withFewMarks),
  /** Given by the sender, so that sending again is harmless; null for others than `user`. */
  clientMessageId: z.string().nullable(),
  turnId: IdSchema.nullable(),
  attachments: z.array(AttachmentSchema).optional(),
  /** All versions of the message in the order of writing, this one among them; absent when there is no other. */
  versions: z.array(IdSchema).optional(),
  steps: z.array(TurnStepSchema),
  /** Answers offered as buttons. */
  choices: z.array(z.string()),
  /** Several questions at once; absent for a single one, which is the text with its choices. */
  questions: z.array(QuestionSchema).optional(),
  /** Nothing is written until it is approved. */
  plan: PlanSchema.optional(),
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
  project: z.object({ id: IdSchema, name: NameSchema, slug: z.string() }),
  /** The version of a message to go on with so that this is shown; absent when it is. */
  versionId: IdSchema.optional(),
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
    auditedFirst: true,
    status: 202,
    summary: 'Say something in the chat; the answer arrives as live events',
    params: HandleParamsSchema,
    body: SentContentSchema.extend({
      /** Have a plan to approve before anything is written. */
      planFirst: z.boolean().default(false),
      verdict: VerdictSchema.optional(),
    }),
    response: MessageSchema,
  }),
  stop: defineRoute({
    method: 'POST',
    path: '/api/v1/projects/:handle/stop-turn',
    access: 'write',
    auditedFirst: true,
    status: 202,
    summary: 'Stop the running turn; the app stays as it was',
    params: HandleParamsSchema,
    response: z.object({ stopped: z.boolean() }),
  }),
  retry: defineRoute({
    method: 'POST',
    path: '/api/v1/projects/:handle/messages/:id/retry',
    access: 'write',
    auditedFirst: true,
    status: 202,
    summary: 'Answer the last message anew; the new answer takes the place of the old one',
    params: MessageParamsSchema,
    response: MessageSchema,
  }),
  withdraw: defineRoute({
    method: 'DELETE',
    path: '/api/v1/projects/:handle/messages/:id',
    access: 'write',
    auditedFirst: true,
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
    unaudited: 'says who looks at a project just now',
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
  setBudget: defineRoute({
    method: 'PUT',
    path: '/api/v1/projects/:handle/chat-budget',
    access: 'write',
    summary:
      'Say what the chat of a project may cost in all; a lower limit of the installation stays',
    params: HandleParamsSchema,
    body: z.strictObject({
      budgetMicros: z.number().int().min(0).max(MAX_CHAT_BUDGET_MICROS).nullable(),
    }),
    response: ChatUsageSchema,
  }),
  attach: defineRoute({
    method: 'POST',
    path: '/api/v1/projects/:handle/attachments',
    access: 'write',
    auditedFirst: true,
    status: 201,
    summary: 'Upload a picture, to send it along with a message',
    params: HandleParamsSchema,
    body: z.strictObject({
      /** The file, whatever its name; what it is shows in it. */
      base64: z.string().min(1).max(MAX_BASE64_CHARACTERS),
    }),
    takesFiles: true,
    response: AttachmentSchema.omit({ alt: true }),
  }),
  attachment: defineRoute({
    method: 'GET',
    path: '/api/v1/projects/:handle/attachments/:attachmentId',
    access: 'read',
    summary: 'A picture of the conversation',
    params: HandleParamsSchema.extend({ attachmentId: IdSchema }),
    response: z.object({ dataUrl: z.string() }),
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
