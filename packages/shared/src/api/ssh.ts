import * as z from 'zod';
import { HandleParamsSchema } from './common.ts';
import { defineRoute } from './route.ts';

/**
 * SSH WebSocket: `${API_PREFIX}/workspaces/:handle/ssh`, for who may write. Its binary messages are a tunnel
 * (packages/tunnel) with the client in the role `client`, which opens one stream: one SSH connection. The head is
 * answered with what the client needs to log in and to know the host; then the bytes of `ssh` follow, both ways.
 */
export const SSH_SUBPROTOCOL = 'spt-flow.ssh.v1';

/** What follows the name or id of a workspace where it is the name of a host. */
export const SSH_HOST_SUFFIX = '.spt-flow';

export const SshQuerySchema = z.object({
  /** A person sits before it, so that little traffic is use already; otherwise a program that keeps its connection. */
  interactive: z.stringbool().default(false),
});

const PublicKeySchema = z
  .string()
  .max(200)
  .regex(/^ssh-ed25519 [A-Za-z0-9+/]+={0,2}$/);

/** As agents name it; it becomes a word of commands. */
const UserSchema = z.string().regex(/^[\w.][\w.-]{0,63}\$?$/);

/** Head of the stream: the key that the client made for this one connection. */
export const SshRequestSchema = z.object({ publicKey: PublicKeySchema });
export type SshRequest = z.infer<typeof SshRequestSchema>;

export const SshAnswerSchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    /** The account that the certificate opens. */
    user: UserSchema,
    /** Of the key; valid for minutes. */
    certificate: z.string(),
  }),
  z.object({ ok: z.literal(false), code: z.string(), message: z.string() }),
]);
export type SshAnswer = z.infer<typeof SshAnswerSchema>;

export const SshAuthoritySchema = z.object({
  /** Certifies all workspaces as `<name>.spt-flow` and `<id>.spt-flow`. */
  hostAuthority: PublicKeySchema,
});

export const SshLoginSchema = z.object({
  ...SshAuthoritySchema.shape,
  /** The one account of the workspace that can log in. */
  user: UserSchema,
  /** Where its project is: it follows the name of the host in addresses. */
  directory: z.string().max(4096).regex(/^\//),
});
export type SshLogin = z.infer<typeof SshLoginSchema>;

export const sshRoutes = {
  authority: defineRoute({
    method: 'GET',
    path: '/api/v1/ssh',
    access: 'read',
    summary: 'The key by which SSH knows the workspaces of this spt-flow',
    response: SshAuthoritySchema,
  }),
  login: defineRoute({
    method: 'GET',
    path: '/api/v1/workspaces/:handle/ssh',
    access: 'write',
    summary: 'Who logs in to a running workspace by SSH, and where',
    params: HandleParamsSchema,
    response: SshLoginSchema,
  }),
};
