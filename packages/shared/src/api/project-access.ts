import * as z from 'zod';
import { PROJECT_ACCESS, PROJECT_LEVELS } from '../domain/project-access.ts';
import { HandleParamsSchema, IdSchema, NameSchema } from './common.ts';
import { defineRoute } from './route.ts';

const LevelSchema = z.enum(PROJECT_LEVELS);

const GrantSchema = z.object({
  kind: z.enum(['person', 'group']),
  /** Of the person or the group. */
  id: IdSchema,
  name: NameSchema,
  level: LevelSchema,
});
export type ProjectGrant = z.infer<typeof GrantSchema>;

export const ProjectAccessSchema = z.object({
  access: z.enum(PROJECT_ACCESS),
  /** They count while the access is `restricted`; admins need none. */
  grants: z.array(GrantSchema),
  /** What who asks may do. */
  level: LevelSchema,
  /** Who asks may change who has access. */
  mayDecide: z.boolean(),
});
export type ProjectAccessView = z.infer<typeof ProjectAccessSchema>;

const GrantParamsSchema = HandleParamsSchema.extend({ id: IdSchema });
const GrantBodySchema = z.strictObject({ level: LevelSchema });

/** For others a restricted project is not there: every route of it answers `not_found`. */
export const projectAccessRoutes = {
  get: defineRoute({
    method: 'GET',
    path: '/api/v1/projects/:handle/access',
    access: 'read',
    summary: 'Who has access to a project',
    params: HandleParamsSchema,
    response: ProjectAccessSchema,
  }),
  /** Whoever restricts it can manage it afterwards, and so can its owner. */
  set: defineRoute({
    method: 'PUT',
    path: '/api/v1/projects/:handle/access',
    access: 'write',
    level: 'manage',
    summary: 'Open a project to the organization, or restrict it to people and groups',
    params: HandleParamsSchema,
    body: z.strictObject({ access: z.enum(PROJECT_ACCESS) }),
    response: ProjectAccessSchema,
  }),
  grantPerson: defineRoute({
    method: 'PUT',
    path: '/api/v1/projects/:handle/access/people/:id',
    access: 'write',
    level: 'manage',
    summary: 'Give a member access to a project',
    params: GrantParamsSchema,
    body: GrantBodySchema,
    response: ProjectAccessSchema,
  }),
  grantGroup: defineRoute({
    method: 'PUT',
    path: '/api/v1/projects/:handle/access/groups/:id',
    access: 'write',
    level: 'manage',
    summary: 'Give a group access to a project',
    params: GrantParamsSchema,
    body: GrantBodySchema,
    response: ProjectAccessSchema,
  }),
  /** Their open connections end. */
  revokePerson: defineRoute({
    method: 'DELETE',
    path: '/api/v1/projects/:handle/access/people/:id',
    access: 'write',
    level: 'manage',
    summary: 'Take the access to a project from a member',
    params: GrantParamsSchema,
    response: ProjectAccessSchema,
  }),
  revokeGroup: defineRoute({
    method: 'DELETE',
    path: '/api/v1/projects/:handle/access/groups/:id',
    access: 'write',
    level: 'manage',
    summary: 'Take the access to a project from a group',
    params: GrantParamsSchema,
    response: ProjectAccessSchema,
  }),
};
