import * as z from 'zod';
import { HandleParamsSchema, IdSchema, NameSchema, TimestampSchema } from './common.ts';
import { defineRoute } from './route.ts';
import { UserCodeSchema } from './user-code.ts';
import { WorkspaceSchema } from './workspaces.ts';

/** A server is a workspace on a machine of one's own; it is listed, started, stopped and removed as one. */
export const ServerNameSchema = z
  .string()
  .max(58)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'must be small letters, digits and single dashes');

/** What lets one machine join, once. */
export const InvitationSchema = z.object({
  /** Where, whom to trust, and the token: a secret. */
  code: z.string(),
  /** Installs the agent; the code comes by a pipe, so that no process list shows it. */
  command: z.string(),
  /** The same without the code, which is asked for. */
  promptCommand: z.string(),
  expiresAt: TimestampSchema,
  /** What stands in the way of machines elsewhere. */
  note: z.string().nullable(),
});
export type Invitation = z.infer<typeof InvitationSchema>;

const InvitedSchema = z.object({ workspace: WorkspaceSchema, invitation: InvitationSchema });

const NewServerSchema = z.object({
  name: ServerNameSchema,
  /** Project to join, by id or slug; without it the one of the server's name. */
  project: z.string().min(1).max(255).optional(),
});

/** SHA-256 in base64url. */
const DigestSchema = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** A machine that asks to join, as whoever approves it must see it. */
const MachineSchema = z.object({
  machineName: NameSchema,
  machineFingerprint: DigestSchema,
  /** Of the key that the machine has made for itself. */
  keyId: DigestSchema,
  /** For example `linux-x64`. */
  platform: z.string().min(1).max(64),
  agentVersion: z.string().min(1).max(64),
});

export const ServerJoinSchema = MachineSchema.extend({
  address: z.string(),
  /** Of the control plane, for comparison with what the machine shows. */
  serverKey: DigestSchema,
  requestedAt: TimestampSchema,
});
export type ServerJoin = z.infer<typeof ServerJoinSchema>;

export const StartedServerJoinSchema = z.object({
  /** Secret of the waiting machine. */
  deviceCode: z.string(),
  userCode: UserCodeSchema,
  verificationUrl: z.url(),
  expiresInSeconds: z.number().int(),
  intervalSeconds: z.number().int(),
  serverKey: DigestSchema,
  channelBinding: z.enum(['tls-exporter', 'inner-kx', 'none']),
});

/** HostSchema is a server in whose container engine workspaces of its organization may run. */
export const HostSchema = z.object({
  since: TimestampSchema,
  /** What the engine says of itself; null: it does not answer now. */
  engine: z.string().nullable(),
  /** Why it does not answer; null: it does. */
  problem: z.string().nullable(),
  /** Those that who asks may see. */
  workspaces: z.array(z.object({ id: IdSchema, name: NameSchema })),
  /** How many others there are. */
  hiddenWorkspaces: z.number().int(),
});
export type Host = z.infer<typeof HostSchema>;

export const serverRoutes = {
  create: defineRoute({
    method: 'POST',
    path: '/api/v1/servers',
    access: 'write',
    names: { project: 'projects' },
    status: 201,
    summary: 'Add a server; the answer holds the command that joins the machine, once',
    body: NewServerSchema,
    response: InvitedSchema,
  }),
  invite: defineRoute({
    method: 'POST',
    path: '/api/v1/servers/:handle/invitations',
    access: 'write',
    status: 201,
    summary: 'Another command that joins a machine as this server; the machine before is shut out',
    params: HandleParamsSchema,
    response: InvitedSchema,
  }),
  showHost: defineRoute({
    method: 'GET',
    path: '/api/v1/servers/:handle/host',
    access: 'read',
    summary:
      'Whether workspaces run in the container engine of the server, and which; null: it is no host',
    params: HandleParamsSchema,
    response: z.object({ host: HostSchema.nullable() }),
  }),
  addHost: defineRoute({
    method: 'PUT',
    path: '/api/v1/servers/:handle/host',
    access: 'admin',
    summary:
      'Let workspaces run in the container engine of the server, where who runs it has agreed',
    params: HandleParamsSchema,
    response: HostSchema,
  }),
  removeHost: defineRoute({
    method: 'DELETE',
    path: '/api/v1/servers/:handle/host',
    access: 'admin',
    summary: 'Let no workspaces run there any more; refused while there are some',
    params: HandleParamsSchema,
    response: z.object({}),
  }),
  startJoin: defineRoute({
    method: 'POST',
    path: '/api/v1/server-joins',
    access: 'public',
    status: 201,
    summary: 'A machine asks to join (RFC 8628); a person approves it by the code',
    body: MachineSchema.extend({
      /** SHA-256 of a token that the machine has made: it may join with it once it is approved. */
      tokenHash: DigestSchema,
    }),
    response: StartedServerJoinSchema,
  }),
  /** Fails with `join_pending`, `slow_down`, `join_denied` or `join_expired` until it was approved. */
  pollJoin: defineRoute({
    method: 'POST',
    path: '/api/v1/server-joins/result',
    access: 'public',
    summary: 'Ask whether the machine may join',
    body: z.object({ deviceCode: z.string().min(20).max(200) }),
    response: z.object({ name: z.string(), workspaceId: IdSchema }),
  }),
  showJoin: defineRoute({
    method: 'GET',
    path: '/api/v1/server-joins/:userCode',
    access: 'read',
    summary: 'Which machine asks to join',
    params: z.object({ userCode: UserCodeSchema }),
    response: ServerJoinSchema,
  }),
  approveJoin: defineRoute({
    method: 'POST',
    path: '/api/v1/server-joins/:userCode/approval',
    access: 'write',
    names: { project: 'projects' },
    summary: 'Let the machine join under this name',
    params: z.object({ userCode: UserCodeSchema }),
    body: NewServerSchema,
    response: WorkspaceSchema,
  }),
  denyJoin: defineRoute({
    method: 'POST',
    path: '/api/v1/server-joins/:userCode/denial',
    access: 'write',
    summary: 'Do not let the machine join',
    params: z.object({ userCode: UserCodeSchema }),
    response: z.object({}),
  }),
};
