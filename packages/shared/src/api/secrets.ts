import * as z from 'zod';
import { MAX_SECRET_NAME_CHARACTERS } from '../domain/secret-name.ts';
import { EmptySchema, HandleParamsSchema, TimestampSchema } from './common.ts';
import { defineRoute } from './route.ts';

/** From the widest to the narrowest: of two secrets with one name a workspace gets that of the narrower scope. */
export const SECRET_SCOPES = ['organization', 'project', 'person', 'workspace'] as const;
export type SecretScopeKind = (typeof SECRET_SCOPES)[number];

const ScopeQuerySchema = z.object({
  scope: z.enum(SECRET_SCOPES),
  /** Of the project: its id or slug; of the workspace: its id or name. The person is who asks. */
  of: z.string().min(1).max(255).optional(),
});
/** What is wrong with a name is told in words, by the one who keeps them. */
const NameParamsSchema = z.object({
  name: z
    .string()
    .min(1)
    .max(2 * MAX_SECRET_NAME_CHARACTERS),
});
const VersionSchema = z.number().int().min(1);

/** A secret without its value, which is never shown again. */
export const SecretSchema = z.object({
  name: z.string(),
  version: VersionSchema,
  changedAt: TimestampSchema.nullable(),
  /** Null: not known, as with what was written straight into Vault. */
  changedBy: z.string().nullable(),
  isDeleted: z.boolean(),
});
export type Secret = z.infer<typeof SecretSchema>;

export const SecretStoreSchema = z.object({
  kind: z.enum(['embedded', 'vault']),
  /** Null: it answers. */
  problem: z.string().nullable(),
  /** When it last answered; null: not yet. Workspaces keep what they had then. */
  answeredAt: TimestampSchema.nullable(),
});
export type SecretStoreState = z.infer<typeof SecretStoreSchema>;

const SecretVersionSchema = z.object({
  version: VersionSchema,
  changedAt: TimestampSchema.nullable(),
  changedBy: z.string().nullable(),
  change: z.enum(['set', 'delete']),
  /** Its value can be brought back. */
  isKept: z.boolean(),
});
export type SecretVersion = z.infer<typeof SecretVersionSchema>;

/** What a workspace gets, and what of it has arrived. */
export const WorkspaceSecretsSchema = z.object({
  items: z.array(z.object({ name: z.string(), scope: z.enum([...SECRET_SCOPES, 'lease']) })),
  store: SecretStoreSchema,
  /** Null: the workspace is not connected. */
  delivered: z
    .object({
      names: z.array(z.string()),
      directory: z.string().nullable(),
      outdated: z.array(z.string()),
    })
    .nullable(),
});
export type WorkspaceSecrets = z.infer<typeof WorkspaceSecretsSchema>;

export const secretRoutes = {
  list: defineRoute({
    method: 'GET',
    path: '/api/v1/secrets',
    access: 'read',
    summary: 'The names of the secrets of a scope',
    query: ScopeQuerySchema,
    response: z.object({ items: z.array(SecretSchema), store: SecretStoreSchema }),
  }),
  put: defineRoute({
    method: 'PUT',
    path: '/api/v1/secrets/:name',
    access: 'write',
    summary: 'Set a secret; workspaces have it within 30 seconds',
    params: NameParamsSchema,
    query: ScopeQuerySchema,
    body: z.strictObject({
      value: z.string().max(1024 * 1024),
      /** Refused with `conflict` unless this is the newest one; 0: unless there is none. */
      ifVersion: z.number().int().min(0).optional(),
      /** Apps that run with another value are restarted, each at a moment of its own. */
      restartApps: z.boolean().default(false),
    }),
    response: SecretSchema,
  }),
  remove: defineRoute({
    method: 'DELETE',
    path: '/api/v1/secrets/:name',
    access: 'write',
    summary: 'Take a secret away from workspaces',
    params: NameParamsSchema,
    query: ScopeQuerySchema.extend({
      /** With all of its versions: nothing brings it back. */
      forever: z.enum(['true', 'false']).default('false'),
    }),
    response: EmptySchema,
  }),
  versions: defineRoute({
    method: 'GET',
    path: '/api/v1/secrets/:name/versions',
    access: 'read',
    summary: 'What was done to a secret, the newest first',
    params: NameParamsSchema,
    query: ScopeQuerySchema,
    response: z.object({ items: z.array(SecretVersionSchema) }),
  }),
  restore: defineRoute({
    method: 'POST',
    path: '/api/v1/secrets/:name/restore',
    access: 'write',
    summary: 'Bring the value of an earlier version back, as a new version',
    params: NameParamsSchema,
    query: ScopeQuerySchema,
    body: z.strictObject({ version: VersionSchema, restartApps: z.boolean().default(false) }),
    response: SecretSchema,
  }),
  ofWorkspace: defineRoute({
    method: 'GET',
    path: '/api/v1/workspaces/:handle/secrets',
    access: 'read',
    summary: 'The names of the secrets that a workspace gets, and what still runs without them',
    params: HandleParamsSchema,
    response: WorkspaceSecretsSchema,
  }),
  restartApps: defineRoute({
    method: 'POST',
    path: '/api/v1/workspaces/:handle/secrets/restart',
    access: 'write',
    summary: 'Restart what runs in a workspace with other values of its secrets',
    params: HandleParamsSchema,
    response: EmptySchema,
  }),
  rotateKey: defineRoute({
    method: 'POST',
    path: '/api/v1/secret-keys',
    access: 'admin',
    summary: 'Encrypt the secrets of the organization anew, with a new key',
    response: z.object({ reencrypted: z.number().int() }),
  }),
};
