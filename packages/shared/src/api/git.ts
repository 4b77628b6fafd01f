import * as z from 'zod';
import { parseGitScope } from '../domain/git-scope.ts';
import { EmptySchema, IdParamsSchema, IdSchema, TimestampSchema } from './common.ts';
import { RepositoryUrlSchema } from './repository-url.ts';
import { defineRoute } from './route.ts';

/** One line of printable characters: git's protocol knows no others. */
const CredentialTextSchema = z.string().regex(/^[\x20-\x7e]+$/, 'must be one line of plain text');

/** A token of the signed-in person for a host; its value is never told again. */
export const GitLoginSchema = z.object({
  id: IdSchema,
  /** e.g. "https://github.com". */
  origin: z.string(),
  /** Only for repositories below it; empty: for all of the host. */
  path: z.string(),
  username: z.string(),
  createdAt: TimestampSchema,
  lastUsedAt: TimestampSchema.nullable(),
});
export type GitLogin = z.infer<typeof GitLoginSchema>;

export const DotfilesSchema = z.strictObject({
  repositoryUrl: RepositoryUrlSchema,
  /** In the repository; null: the first of the usual names, else its files are linked into the home directory. */
  installScript: z
    .string()
    .max(255)
    .regex(/^(?!.*(?:^|\/)\.\.?(?:\/|$))[\w.][\w./-]*$/, 'must be a path inside the repository')
    .nullable()
    .default(null),
});
export type Dotfiles = z.infer<typeof DotfilesSchema>;

export const gitRoutes = {
  listLogins: defineRoute({
    method: 'GET',
    path: '/api/v1/git-logins',
    access: 'read',
    summary: 'The git hosts that my workspaces have a token for',
    response: z.object({ items: z.array(GitLoginSchema) }),
  }),
  putLogin: defineRoute({
    method: 'PUT',
    path: '/api/v1/git-logins',
    access: 'write',
    summary: 'Give my workspaces a token for a git host, in place of the one before',
    body: z.strictObject({
      host: z
        .string()
        .max(1024)
        .refine((text) => parseGitScope(text) !== undefined, 'must be a host, or a URL of one'),
      username: CredentialTextSchema.max(255).default('x-access-token'),
      token: CredentialTextSchema.max(4096),
    }),
    response: GitLoginSchema,
  }),
  removeLogin: defineRoute({
    method: 'DELETE',
    path: '/api/v1/git-logins/:id',
    access: 'write',
    summary: 'Take the token away from my workspaces, at once',
    params: IdParamsSchema,
    response: EmptySchema,
  }),
  getDotfiles: defineRoute({
    method: 'GET',
    path: '/api/v1/dotfiles',
    access: 'read',
    summary: 'The repository that is applied to my home directory in new workspaces',
    response: z.object({ dotfiles: DotfilesSchema.nullable() }),
  }),
  putDotfiles: defineRoute({
    method: 'PUT',
    path: '/api/v1/dotfiles',
    access: 'write',
    summary: 'Set the repository of my dotfiles',
    body: DotfilesSchema,
    response: DotfilesSchema,
  }),
  removeDotfiles: defineRoute({
    method: 'DELETE',
    path: '/api/v1/dotfiles',
    access: 'write',
    summary: 'Apply no dotfiles any more',
    response: EmptySchema,
  }),
};
