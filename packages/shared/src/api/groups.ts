import * as z from 'zod';
import { EmptySchema, IdParamsSchema, IdSchema, NameSchema, NewNameSchema } from './common.ts';
import { defineRoute } from './route.ts';
import { MethodIdSchema } from './sign-in.ts';

const PersonSchema = z.object({ id: IdSchema, name: NameSchema });

export const GroupSchema = z.object({
  id: IdSchema,
  name: NameSchema,
  /** The way to sign in whose group of exactly this name it follows; null: its members are chosen here. */
  follows: MethodIdSchema.nullable(),
  members: z.array(PersonSchema),
  /** How many projects were given to it. */
  projects: z.number().int(),
});
export type Group = z.infer<typeof GroupSchema>;

const GroupMemberParamsSchema = IdParamsSchema.extend({ userId: IdSchema });

/** A group that follows changes by signing in only: its members and its name are refused with `group_follows`. */
export const groupRoutes = {
  list: defineRoute({
    method: 'GET',
    path: '/api/v1/groups',
    access: 'read',
    summary: 'The groups of the organization, with their members',
    response: z.object({ items: z.array(GroupSchema) }),
  }),
  create: defineRoute({
    method: 'POST',
    path: '/api/v1/groups',
    access: 'admin',
    status: 201,
    summary: 'Make a group, of people or after a group elsewhere',
    body: z.strictObject({ name: NewNameSchema, follows: MethodIdSchema.nullable().default(null) }),
    response: GroupSchema,
  }),
  rename: defineRoute({
    method: 'PATCH',
    path: '/api/v1/groups/:id',
    access: 'admin',
    summary: 'Give a group another name',
    params: IdParamsSchema,
    body: z.strictObject({ name: NewNameSchema }),
    response: GroupSchema,
  }),
  /** What was given to it is given to nobody any more. */
  remove: defineRoute({
    method: 'DELETE',
    path: '/api/v1/groups/:id',
    access: 'admin',
    summary: 'Delete a group; its members stay in the organization',
    params: IdParamsSchema,
    response: EmptySchema,
  }),
  addMember: defineRoute({
    method: 'PUT',
    path: '/api/v1/groups/:id/members/:userId',
    access: 'admin',
    summary: 'Put a member into a group',
    params: GroupMemberParamsSchema,
    response: GroupSchema,
  }),
  removeMember: defineRoute({
    method: 'DELETE',
    path: '/api/v1/groups/:id/members/:userId',
    access: 'admin',
    summary: 'Take a member out of a group',
    params: GroupMemberParamsSchema,
    response: GroupSchema,
  }),
};
