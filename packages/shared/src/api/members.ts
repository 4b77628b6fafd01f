import * as z from 'zod';
import { ROLES } from '../domain/roles.ts';
import { EmailSchema, MeSchema, PasswordSchema } from './auth.ts';
import { EmptySchema, IdParamsSchema, IdSchema, NameSchema, TimestampSchema } from './common.ts';
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
  /** What they made stays; their sessions, tokens and connections end. */
  remove: defineRoute({
    method: 'DELETE',
    path: '/api/v1/members/:id',
    access: 'admin',
    summary: 'Take a member out of the organization',
    params: IdParamsSchema,
    response: EmptySchema,
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
      name: NameSchema.optional(),
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
