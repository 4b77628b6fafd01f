import * as z from 'zod';
import { ROLES } from '../domain/roles.ts';
import { EmptySchema, IdSchema, NameSchema, NewNameSchema } from './common.ts';
import { defineRoute } from './route.ts';

export const EmailSchema = z.email().max(255);
/** Length only: composition rules make passwords worse. */
export const PasswordSchema = z.string().min(10).max(200);
/** Setup, login and API tokens: URL-safe, 256 bits, with a recognisable prefix. */
export const TokenSchema = z.string().min(20).max(200);

export const OrganizationSchema = z.object({ id: IdSchema, name: NameSchema, slug: z.string() });
export const MeSchema = z.object({
  id: IdSchema,
  email: EmailSchema,
  name: NameSchema,
  role: z.enum(ROLES),
  organization: OrganizationSchema,
});
export type Me = z.infer<typeof MeSchema>;

export const authRoutes = {
  setupStatus: defineRoute({
    method: 'GET',
    path: '/api/v1/setup',
    access: 'public',
    summary: 'Is the first admin still to be created',
    response: z.object({ needed: z.boolean() }),
  }),
  setup: defineRoute({
    method: 'POST',
    path: '/api/v1/setup',
    access: 'public',
    status: 201,
    summary: 'Create the first admin with the one-time token',
    body: z.object({
      token: TokenSchema,
      email: EmailSchema,
      name: NewNameSchema,
      password: PasswordSchema,
      organizationName: NewNameSchema.optional(),
    }),
    response: MeSchema,
  }),
  login: defineRoute({
    method: 'POST',
    path: '/api/v1/auth/login',
    access: 'public',
    summary: 'Sign in with e-mail and password; sets the session cookie',
    body: z.object({ email: EmailSchema, password: z.string().min(1).max(200) }),
    response: MeSchema,
  }),
  logout: defineRoute({
    method: 'POST',
    path: '/api/v1/auth/logout',
    access: 'read',
    summary: 'End this session',
    response: EmptySchema,
    auditedFirst: true,
  }),
  me: defineRoute({
    method: 'GET',
    path: '/api/v1/auth/me',
    access: 'read',
    summary: 'Who am I',
    response: MeSchema,
  }),
};
