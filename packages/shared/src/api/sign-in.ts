import * as z from 'zod';
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

const METHOD_IDS = ['oidc', 'github'] as const;
export const MethodIdSchema = z.enum(METHOD_IDS);
export type MethodId = z.infer<typeof MethodIdSchema>;

/** A path of the dashboard to come back to. */
const NextSchema = z.string().max(2000).optional();
/** Where a browser goes on; the cookie that is set with it belongs to it. */
const StartedSchema = z.object({ url: z.url() });

/** signInCallbackPath is where a browser comes back to: one for each method, so that their answers can't be mixed up. */
export function signInCallbackPath(id: MethodId): string {
  return `/api/v1/auth/callback/${id}`;
}

export const SignInMethodSchema = z.object({
  id: MethodIdSchema,
  /** As people know it, e.g. "Keycloak". */
  name: NameSchema,
  /** False while it did not answer when it was last asked. */
  isAnswering: z.boolean(),
  /** Where its own session ends, if it says so. */
  signOutUrl: z.url().nullable(),
});
export type SignInMethod = z.infer<typeof SignInMethodSchema>;

export const IdentitySchema = z.object({
  id: IdSchema,
  /** Name of the method, or the address of one that is not set up any more. */
  name: NameSchema,
  email: z.string().nullable(),
  linkedAt: TimestampSchema,
  lastUsedAt: TimestampSchema,
});
export type Identity = z.infer<typeof IdentitySchema>;

export const signInRoutes = {
  methods: defineRoute({
    method: 'GET',
    path: '/api/v1/auth/methods',
    access: 'public',
    summary: 'How people sign in here',
    response: z.object({
      passwords: z.boolean(),
      /** With a password, and without an invitation. */
      signUp: z.boolean(),
      methods: z.array(SignInMethodSchema),
    }),
  }),
  /** Fails with `sign_in_unavailable`. */
  start: defineRoute({
    method: 'POST',
    path: '/api/v1/auth/methods/:method/sign-in',
    access: 'public',
    status: 201,
    summary: 'Begin to sign in elsewhere; sets a cookie for the way back',
    params: z.object({ method: MethodIdSchema }),
    body: z.object({
      next: NextSchema,
      /** Asks who it is even if somebody is signed in there. */
      askAgain: z.boolean().default(false),
      /** The token of an invitation, for who joins with it. */
      invitation: z.string().min(20).max(200).optional(),
    }),
    response: StartedSchema,
  }),
  /** Fails with `passwords_off`, `signup_closed` or `email_taken`. */
  signUp: defineRoute({
    method: 'POST',
    path: '/api/v1/auth/sign-up',
    access: 'public',
    status: 201,
    summary: 'Make an account without an invitation; sets the session cookie',
    body: z.object({ email: EmailSchema, name: NewNameSchema, password: PasswordSchema }),
    response: MeSchema,
  }),
  identities: defineRoute({
    method: 'GET',
    path: '/api/v1/auth/identities',
    access: 'read',
    summary: 'How I sign in',
    response: z.object({ hasPassword: z.boolean(), items: z.array(IdentitySchema) }),
  }),
  link: defineRoute({
    method: 'POST',
    path: '/api/v1/auth/methods/:method/link',
    access: 'read',
    status: 201,
    summary: 'Begin to link an account elsewhere to mine',
    params: z.object({ method: MethodIdSchema }),
    body: z.object({ next: NextSchema }),
    response: StartedSchema,
  }),
  /** Ends the logins that came from it. Fails with `last_sign_in`. */
  unlink: defineRoute({
    method: 'DELETE',
    path: '/api/v1/auth/identities/:id',
    access: 'read',
    summary: 'Unlink an account elsewhere from mine',
    params: IdParamsSchema,
    response: EmptySchema,
  }),
};
