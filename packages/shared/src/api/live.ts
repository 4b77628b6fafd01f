import * as z from 'zod';
import { PIPELINE_STATUSES } from '../domain/pipeline-status.ts';
import { ChangeSetSchema } from './change-sets.ts';
import { MessageSchema, PRESENCE_ACTIVITIES, TurnStepSchema } from './conversations.ts';
import { IdSchema, NameSchema, TimestampSchema } from './common.ts';
import { LogLineSchema } from './logs.ts';
import { PortListSchema } from './ports.ts';
import { ProjectSchema } from './projects.ts';
import { UsageSampleSchema } from './usage.ts';
import { TransitionSchema, WorkspaceSchema } from './workspaces.ts';

/** One WebSocket per client; browsers authenticate by cookie and Origin, others by bearer header. */
export const LIVE_PATH = '/api/v1/live';
/** `organization:<id>` (projects and workspaces change), `project:<id>` (chat), `presence:<projectId>`, `logs:<workspaceId>`, `usage:<workspaceId>`, `build:<pipelineId>` (what its jobs print). */
export const TopicSchema = z
  .string()
  .regex(/^(organization|project|presence|logs|usage|build):[0-9a-f-]{36}$/);

export const LiveClientMessageSchema = z.discriminatedUnion('type', [
  /** `after` null means: from now on. */
  z.object({
    type: z.literal('subscribe'),
    topic: TopicSchema,
    after: z.number().int().min(0).nullable(),
  }),
  z.object({ type: z.literal('unsubscribe'), topic: TopicSchema }),
  z.object({ type: z.literal('ping') }),
]);
export type LiveClientMessage = z.infer<typeof LiveClientMessageSchema>;

/** LiveEventSchema: what happened. Stored rows; a cursor is the row's position within its topic. */
export const LiveEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('project.changed'), project: ProjectSchema }),
  z.object({ type: z.literal('project.deleted'), projectId: IdSchema }),
  /** A build of the project; what else is known of it has to be asked for. */
  z.object({
    type: z.literal('pipeline.changed'),
    projectId: IdSchema,
    pipelineId: IdSchema,
    status: z.enum(PIPELINE_STATUSES),
    stage: z.string().nullable(),
  }),
  z.object({ type: z.literal('workspace.changed'), workspace: WorkspaceSchema }),
  z.object({
    type: z.literal('transition.changed'),
    workspaceId: IdSchema,
    transition: TransitionSchema,
  }),
  z.object({ type: z.literal('ports.changed'), workspaceId: IdSchema, ports: PortListSchema }),
  z.object({ type: z.literal('message.added'), message: MessageSchema }),
  z.object({ type: z.literal('message.delta'), messageId: IdSchema, text: z.string() }),
  z.object({ type: z.literal('message.step'), messageId: IdSchema, step: TurnStepSchema }),
  z.object({ type: z.literal('message.done'), message: MessageSchema }),
  /** A change that somebody made other than by the chat, whose steps are those of its message. */
  z.object({
    type: z.literal('change-set.progress'),
    workspaceId: IdSchema,
    phase: z.string(),
    state: z.enum(['running', 'done', 'failed']),
    durationMs: z.number(),
  }),
  z.object({ type: z.literal('message.removed'), messageId: IdSchema }),
  /** Another version of a message is shown: what was loaded of the conversation is out of date. */
  z.object({ type: z.literal('conversation.switched') }),
  z.object({
    type: z.literal('presence'),
    userId: IdSchema,
    userName: NameSchema,
    activity: z.enum(PRESENCE_ACTIVITIES),
  }),
  z.object({ type: z.literal('change-set.finished'), changeSet: ChangeSetSchema }),
  z.object({ type: z.literal('log'), line: LogLineSchema }),
  z.object({ type: z.literal('build.log'), jobId: IdSchema, text: z.string() }),
  z.object({ type: z.literal('usage.sampled'), sample: UsageSampleSchema }),
]);
export type LiveEvent = z.infer<typeof LiveEventSchema>;

export const LiveServerMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('subscribed'), topic: TopicSchema, cursor: z.number().int() }),
  z.object({
    type: z.literal('event'),
    topic: TopicSchema,
    cursor: z.number().int(),
    at: TimestampSchema,
    event: LiveEventSchema,
  }),
  /** The cursor is older than what is kept: load the page's data again, then subscribe from its cursor. */
  z.object({ type: z.literal('reset'), topic: TopicSchema }),
  z.object({ type: z.literal('refused'), topic: z.string(), code: z.string() }),
  z.object({ type: z.literal('pong') }),
]);
export type LiveServerMessage = z.infer<typeof LiveServerMessageSchema>;
