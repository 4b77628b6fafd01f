import * as z from 'zod';
import { CHANNEL_BINDINGS } from '../agent-protocol/handshake.ts';
import { HandleParamsSchema, IdSchema, TimestampSchema } from './common.ts';
import { defineRoute } from './route.ts';

export const CLONE_POLICIES = ['reject', 'replace', 'fork'] as const;

/** QuarantineSchema is another instance of the agent that may not connect until a person decides. */
export const QuarantineSchema = z.object({
  /** `suspected` while the live connection is asked whether it lives. */
  state: z.enum(['suspected', 'open', 'released']),
  kind: z.enum(['stale_generation', 'second_machine']),
  since: TimestampSchema,
  generation: z.number().int(),
  bootId: z.string(),
  machineFingerprint: z.string(),
});
export type Quarantine = z.infer<typeof QuarantineSchema>;

export const AgentIdentitySchema = z.object({
  id: IdSchema,
  workspaceId: IdSchema,
  /** SHA-256 of its public key, base64url. */
  keyId: z.string().nullable(),
  keySince: TimestampSchema.nullable(),
  channelBinding: z.enum(CHANNEL_BINDINGS),
  clonePolicy: z.enum(CLONE_POLICIES),
  /** Grows with every connection; a copy that presents an older one is detained. */
  generation: z.number().int(),
  bootId: z.string(),
  machineFingerprint: z.string(),
  version: z.string(),
  lastSeenAt: TimestampSchema.nullable(),
  quarantine: QuarantineSchema.nullable(),
});
export type AgentIdentity = z.infer<typeof AgentIdentitySchema>;

/** JoinSchema is all that an agent needs to join; the token is shown once. */
export const JoinSchema = z.object({
  url: z.string(),
  /** SHA-256 of the control plane's public key: the agent refuses any other. */
  serverKey: z.string(),
  token: z.string(),
  channelBinding: z.enum(CHANNEL_BINDINGS),
  expiresAt: TimestampSchema,
});
export type Join = z.infer<typeof JoinSchema>;

export const RevocationSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('agent'), id: IdSchema }),
  z.object({ kind: z.literal('workspace'), id: IdSchema }),
  /** The agents of all workspaces that the member owns, and the join tokens that they made. */
  z.object({ kind: z.literal('user'), id: IdSchema }),
  /** With the agent that joined by it. */
  z.object({ kind: z.literal('join-token'), id: IdSchema }),
  z.object({ kind: z.literal('key'), id: z.string().regex(/^[\w-]{43}$/) }),
]);
export type Revocation = z.infer<typeof RevocationSchema>;

export const agentRoutes = {
  get: defineRoute({
    method: 'GET',
    path: '/api/v1/workspaces/:handle/agent',
    access: 'read',
    summary: 'Identity of the agent of a workspace',
    params: HandleParamsSchema,
    response: AgentIdentitySchema,
  }),
  update: defineRoute({
    method: 'PATCH',
    path: '/api/v1/workspaces/:handle/agent',
    access: 'admin',
    summary: 'Say what becomes of copies of the agent',
    params: HandleParamsSchema,
    body: z.object({ clonePolicy: z.enum(CLONE_POLICIES) }),
    response: AgentIdentitySchema,
  }),
  decide: defineRoute({
    method: 'POST',
    path: '/api/v1/workspaces/:handle/agent/quarantine',
    access: 'admin',
    summary: 'Let the detained instance in, in place of the present one; or forget it',
    params: HandleParamsSchema,
    body: z.object({ decision: z.enum(['release', 'dismiss']) }),
    response: AgentIdentitySchema,
  }),
  rotateKey: defineRoute({
    method: 'POST',
    path: '/api/v1/workspaces/:handle/agent/rotate-key',
    access: 'write',
    summary: 'Change the key of the connected agent',
    params: HandleParamsSchema,
    response: AgentIdentitySchema,
  }),
  reEnrol: defineRoute({
    method: 'POST',
    path: '/api/v1/workspaces/:handle/agent/re-enrol',
    access: 'admin',
    summary: 'Revoke the agent and make a token for another to join in its place',
    params: HandleParamsSchema,
    response: JoinSchema,
  }),
  fork: defineRoute({
    method: 'POST',
    path: '/api/v1/workspaces/:handle/agent/fork',
    access: 'admin',
    summary: 'Make a token with which a copy of the machine becomes the agent of another workspace',
    params: HandleParamsSchema,
    body: z.object({ workspace: z.string().min(1).max(255) }),
    response: JoinSchema,
  }),
  revoke: defineRoute({
    method: 'POST',
    path: '/api/v1/agent-revocations',
    access: 'admin',
    summary: 'End the right of agents to connect, and their connections',
    body: RevocationSchema,
    response: z.object({ agents: z.number().int(), tokens: z.number().int() }),
  }),
};
