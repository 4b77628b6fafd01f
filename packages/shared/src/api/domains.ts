import * as z from 'zod';
import { HandleParamsSchema, TimestampSchema } from './common.ts';
import { defineRoute } from './route.ts';

export const DOMAIN_STATES = ['pending', 'verified', 'active', 'failing'] as const;

/** A name as somebody types it, which may be in other letters than those that the DNS has. */
const TypedNameSchema = z.string().trim().min(1).max(255);

export const DnsRecordSchema = z.object({
  type: z.enum(['TXT', 'CNAME', 'A', 'AAAA']),
  name: z.string(),
  value: z.string(),
});
export type DnsRecord = z.infer<typeof DnsRecordSchema>;

export const CustomDomainSchema = z.object({
  name: z.string(),
  /** `pending`: not proven to be yours. The others answer with the app; `active` ones lead here, `failing` ones did before. */
  state: z.enum(DOMAIN_STATES),
  /** Where the app answers. */
  url: z.url(),
  /** What the last look at the DNS found, in plain words. */
  found: z.string(),
  /** What to do now; null: nothing. */
  next: z.string().nullable(),
  /** Proves whose the domain is. */
  proof: DnsRecordSchema,
  /** One of these makes it lead here: the first for a name below a domain, the others for the domain itself. */
  targets: z.array(DnsRecordSchema),
  /** False: the app is not open to everybody, and visitors are told so. */
  isAppPublic: z.boolean(),
  checkedAt: TimestampSchema.nullable(),
  /** When it is given up without proof. */
  expiresAt: TimestampSchema.nullable(),
});
export type CustomDomain = z.infer<typeof CustomDomainSchema>;

const DomainParamsSchema = HandleParamsSchema.extend({ name: TypedNameSchema });

export const domainRoutes = {
  list: defineRoute({
    method: 'GET',
    path: '/api/v1/projects/:handle/domains',
    access: 'read',
    summary: 'Domains of your own at which the app of a project answers',
    params: HandleParamsSchema,
    response: z.object({ items: z.array(CustomDomainSchema) }),
  }),
  add: defineRoute({
    method: 'POST',
    path: '/api/v1/projects/:handle/domains',
    access: 'write',
    status: 201,
    summary: 'Claim a domain for the app of a project; the answer says what to enter in the DNS',
    params: HandleParamsSchema,
    body: z.object({ name: TypedNameSchema }),
    response: CustomDomainSchema,
  }),
  check: defineRoute({
    method: 'POST',
    path: '/api/v1/projects/:handle/domains/:name/check',
    access: 'write',
    summary: 'Look at the DNS now',
    params: DomainParamsSchema,
    response: CustomDomainSchema,
  }),
  remove: defineRoute({
    method: 'DELETE',
    path: '/api/v1/projects/:handle/domains/:name',
    access: 'write',
    summary: 'Give a domain up: the app no longer answers there',
    params: DomainParamsSchema,
    response: z.object({}),
  }),
};
