import * as z from 'zod';
import { RECORDING_MODES, RecordingPolicySchema } from '../domain/recording-policy.ts';
import {
  IdParamsSchema,
  IdSchema,
  NameSchema,
  PageQuerySchema,
  pageOf,
  TimestampSchema,
} from './common.ts';
import { defineRoute } from './route.ts';

/** `command`: in pipes, without a terminal; `follower`: only looks at somebody's terminal. */
export const SESSION_KINDS = ['terminal', 'follower', 'command', 'ssh', 'port-forward'] as const;
export type SessionKind = (typeof SESSION_KINDS)[number];

/**
 * Why a session is over. `left`: the client went; `exited`: the program ended; `ended`: somebody ended it; `revoked`:
 * the right to it ended; `failed`: the workspace could not be reached any more; `unrecorded`: it had to be recorded
 * and could not be; `stopped`: spt-flow was stopped; `lost`: spt-flow was gone without a word.
 */
export const SESSION_ENDINGS = [
  'left',
  'exited',
  'ended',
  'revoked',
  'failed',
  'unrecorded',
  'stopped',
  'lost',
] as const;
export type SessionEnding = (typeof SESSION_ENDINGS)[number];

/**
 * What is kept of what a session showed. `partial`: the beginning only, or with a gap that the player names; `removed`:
 * it was recorded, and no longer kept.
 */
export const RECORDING_STATES = ['none', 'running', 'whole', 'partial', 'removed'] as const;
export type RecordingState = (typeof RECORDING_STATES)[number];

export const SessionSchema = z.object({
  id: IdSchema,
  userId: IdSchema,
  userName: NameSchema,
  /** It came with an API token. */
  byToken: z.boolean(),
  /** Null: the workspace is deleted. */
  workspaceId: IdSchema.nullable(),
  workspaceName: z.string(),
  kind: z.enum(SESSION_KINDS),
  /** The same for all sessions that saw one terminal. */
  terminalId: IdSchema.nullable(),
  /** Where it came from. */
  address: z.string(),
  startedAt: TimestampSchema,
  /** Null while it is open. Of a lost one: when it was last known to be there. */
  endedAt: TimestampSchema.nullable(),
  endReason: z.enum(SESSION_ENDINGS).nullable(),
  /** Who ended it. */
  endedBy: z.string().nullable(),
  /** Of an open one: a moment ago. */
  bytesIn: z.number().int(),
  bytesOut: z.number().int(),
  recording: z.object({
    state: z.enum(RECORDING_STATES),
    bytes: z.number().int(),
    removedAt: TimestampSchema.nullable(),
    /** Too old, or too much of all recordings. */
    removedFor: z.enum(['age', 'size']).nullable(),
  }),
});
export type Session = z.infer<typeof SessionSchema>;

/**
 * What goes on although a session is over. `terminal`: what runs in it; `background`: what SSH started and left behind;
 * `certificate`: opens another connection until then, for who may still use the workspace; `sign-in`: of the person.
 */
const SURVIVORS = ['terminal', 'background', 'certificate', 'sign-in'] as const;

export const SessionEndSchema = z.object({
  session: SessionSchema,
  /** False: whoever carries it did not answer in time; it ends as soon as they do. */
  isOver: z.boolean(),
  stillAlive: z.array(z.object({ what: z.enum(SURVIVORS), until: TimestampSchema.nullable() })),
});
export type SessionEnd = z.infer<typeof SessionEndSchema>;

export const OrganizationRecordingSchema = z.object({
  mode: z.enum(RECORDING_MODES),
  keepDays: z.number().int(),
  /** The number of days is spt-flow's, not the organization's. */
  isDefaultKeepDays: z.boolean(),
  /** Of all recordings of the organization together; the oldest go first. */
  maxBytes: z.number().int(),
  usedBytes: z.number().int(),
});
export type OrganizationRecording = z.infer<typeof OrganizationRecordingSchema>;

/**
 * The file of a recording, as asciicast, in version 2 or 3 by its `version`: `${API_PREFIX}/sessions/:id/recording`.
 * It is sent line by line, so that its length is not known; what a terminal would obey beside printing is left out.
 */
export const RECORDING_PATH = '/api/v1/sessions/:id/recording';
export const RECORDING_CONTENT_TYPE = 'application/x-asciicast';
export const RecordingQuerySchema = z.object({ version: z.enum(['2', '3']).default('2') });

export const sessionRoutes = {
  list: defineRoute({
    method: 'GET',
    path: '/api/v1/sessions',
    access: 'read',
    summary:
      'Connections into workspaces, newest first: those of everybody for admins, else the own ones',
    query: PageQuerySchema.extend({
      state: z.enum(['open', 'over']).optional(),
      kind: z.enum(SESSION_KINDS).optional(),
      /** Name or id. */
      workspace: z.string().min(1).max(255).optional(),
      userId: IdSchema.optional(),
      /** Only those of which something is, was or is being recorded. */
      recorded: z.stringbool().optional(),
    }),
    response: pageOf(SessionSchema),
  }),
  get: defineRoute({
    method: 'GET',
    path: '/api/v1/sessions/:id',
    access: 'read',
    summary: 'One connection into a workspace',
    params: IdParamsSchema,
    response: SessionSchema,
  }),
  end: defineRoute({
    method: 'POST',
    path: '/api/v1/sessions/:id/end',
    access: 'write',
    summary: 'End a connection: an own one, or that of anybody for admins',
    params: IdParamsSchema,
    response: SessionEndSchema,
  }),
  policy: defineRoute({
    method: 'GET',
    path: '/api/v1/recording-policy',
    access: 'read',
    summary: 'Whether what terminals show is recorded, and how long it is kept',
    response: OrganizationRecordingSchema,
  }),
  setPolicy: defineRoute({
    method: 'PATCH',
    path: '/api/v1/recording-policy',
    access: 'admin',
    summary: 'Say whether what terminals show is recorded; days null: as configured',
    body: z.strictObject({
      mode: z.enum(RECORDING_MODES).optional(),
      keepDays: RecordingPolicySchema.shape.keepDays.nullable(),
    }),
    response: OrganizationRecordingSchema,
  }),
};
