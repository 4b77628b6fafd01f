import * as z from 'zod';
import { ROLES } from '../domain/roles.ts';
import { ACTUAL_STATES } from '../domain/workspace-state.ts';
import { EmailSchema, MeSchema, PasswordSchema } from './auth.ts';
import {
  EmptySchema,
  IdParamsSchema,
  IdSchema,
  NameSchema,
  NewNameSchema,
  TimestampSchema,
} from './common.ts';
import { defineRoute } from './route.ts';

const RoleSchema = z.enum(ROLES);
/** From the link: URL-safe, 256 bits, works once. */
const InvitationTokenSchema = z.string().min(20).max(200);

export const MemberSchema = z.object({
  id: IdSchema,
  name: NameSchema,
  email: EmailSchema,
  role: RoleSchema,
  joinedAt: TimestampSchema,
  /** Null while they have no browser signed in. */
  lastSeenAt: TimestampSchema.nullable(),
});
export type Member = z.infer<typeof MemberSchema>;

export const InvitationSchema = z.object({
  id: IdSchema,
  /** Null: whoever has the link says who they are. */
  email: EmailSchema.nullable(),
  role: RoleSchema,
  invitedBy: NameSchema,
  createdAt: TimestampSchema,
  expiresAt: TimestampSchema,
});
export type Invitation = z.infer<typeof InvitationSchema>;

const LinkSchema = z.object({
  /** Shown once: it has the secret. */
  url: z.url(),
  expiresAt: TimestampSchema,
});
export type MemberLink = z.infer<typeof LinkSchema>;

export const BelongingsSchema = z.object({
  workspaces: z.array(
    z.object({
      id: IdSchema,
      name: z.string(),
      actualState: z.enum(ACTUAL_STATES),
      hasSchedule: z.boolean(),
    }),
  ),
  projects: z.array(z.object({ id: IdSchema, name: NameSchema })),
});
export type Belongings = z.infer<typeof BelongingsSchema>;

const FormerMemberSchema = z.object({
  id: IdSchema,
  name: NameSchema,
  email: EmailSchema,
  workspaces: z.number().int(),
  projects: z.number().int(),
});
export type FormerMember = z.infer<typeof FormerMemberSchema>;

/** How many of each. */
const HandedOverSchema = z.object({
  workspaces: z.number().int(),
  projects: z.number().int(),
  stopped: z.number().int(),
});
export type HandedOver = z.infer<typeof HandedOverSchema>;

export const memberRoutes = {
  list: defineRoute({
    method: 'GET',
    path: '/api/v1/members',
    access: 'read',
    summary: 'Who belongs to the organization',
    response: z.object({ items: z.array(MemberSchema) }),
  }),
  /** Fails with `last_admin` for the only admin. */
  update: defineRoute({
    method: 'PATCH',
    path: '/api/v1/members/:id',
    access: 'admin',
    summary: 'Give a member another role',
    params: IdParamsSchema,
    body: z.object({ role: RoleSchema }),
    response: MemberSchema,
  }),
  /** Their sessions, tokens and connections end; what they made stays, and belongs to somebody else if told. */
  remove: defineRoute({
    method: 'DELETE',
    path: '/api/v1/members/:id',
    access: 'admin',
    summary: 'Take a member out of the organization',
    params: IdParamsSchema,
    query: z.object({
      /** The member to whom their workspaces and projects go; absent: they stay theirs. */
      transferTo: IdSchema.optional(),
      stop: z.enum(['true', 'false']).default('false'),
    }),
    response: HandedOverSchema,
  }),
  belongings: defineRoute({
    method: 'GET',
    path: '/api/v1/members/:id/belongings',
    access: 'admin',
    summary: 'The workspaces and projects of a member, or of somebody who was one',
    params: IdParamsSchema,
    response: BelongingsSchema,
  }),
  /** Neither their secrets nor their git credentials go with it. */
  handOver: defineRoute({
    method: 'POST',
    path: '/api/v1/members/:id/hand-over',
    access: 'admin',
    summary: 'Give all workspaces and projects of somebody to a member',
    params: IdParamsSchema,
    body: z.strictObject({ to: IdSchema }),
    response: HandedOverSchema,
  }),
  listFormer: defineRoute({
    method: 'GET',
    path: '/api/v1/former-members',
    access: 'admin',
    summary: 'People who were members and still have workspaces or projects',
    response: z.object({ items: z.array(FormerMemberSchema) }),
  }),
  /** For who forgot theirs: no mail is sent, the link is to be handed over. */
  createPasswordLink: defineRoute({
    method: 'POST',
    path: '/api/v1/members/:id/password-link',
    access: 'admin',
    status: 201,
    summary: 'Make a link with which a member chooses a new password',
    params: IdParamsSchema,
    response: LinkSchema,
  }),
  listInvitations: defineRoute({
    method: 'GET',
    path: '/api/v1/invitations',
    access: 'admin',
    summary: 'Invitations that nobody accepted yet',
    response: z.object({ items: z.array(InvitationSchema) }),
  }),
  invite: defineRoute({
    method: 'POST',
    path: '/api/v1/invitations',
    access: 'admin',
    status: 201,
    summary: 'Make a link with which one person joins the organization',
    body: z.object({ role: RoleSchema, email: EmailSchema.optional() }),
    response: InvitationSchema.extend(LinkSchema.shape),
  }),
  revokeInvitation: defineRoute({
    method: 'DELETE',
    path: '/api/v1/invitations/:id',
    access: 'admin',
    summary: 'Make an invitation void',
    params: IdParamsSchema,
    response: EmptySchema,
  }),
  /** A POST, so that the secret is in no log. Fails with `invitation_invalid`. */
  showInvitation: defineRoute({
    method: 'POST',
    path: '/api/v1/invitations/preview',
    unaudited: 'only shows whom it invites',
    access: 'public',
    summary: 'What a link is for',
    body: z.object({ token: InvitationTokenSchema }),
    response: z.object({
      purpose: z.enum(['join', 'password']),
      organizationName: NameSchema,
      role: RoleSchema,
      invitedBy: NameSchema,
      email: EmailSchema.nullable(),
    }),
  }),
  /** Fails with `invitation_invalid`, or `email_taken`. */
  acceptInvitation: defineRoute({
    method: 'POST',
    path: '/api/v1/invitations/acceptance',
    access: 'public',
    status: 201,
    summary: 'Join with an invitation, or choose a new password; sets the session cookie',
    body: z.object({
      token: InvitationTokenSchema,
      password: PasswordSchema,
      /** Both are needed to join, unless the invitation has the address. */
      name: NewNameSchema.optional(),
      email: EmailSchema.optional(),
    }),
    response: MeSchema,
  }),
  changePassword: defineRoute({
    method: 'POST',
    path: '/api/v1/auth/password',
    access: 'read',
    summary: 'Change my password; other browsers are signed out',
    body: z.object({ current: z.string().min(1).max(200), next: PasswordSchema }),
    response: EmptySchema,
  }),
};
