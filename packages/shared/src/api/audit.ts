import * as z from 'zod';
import { IdSchema, PageQuerySchema, pageOf, TimestampSchema } from './common.ts';
import { defineRoute } from './route.ts';

/** `refused`: who asked may not do it; `failed`: spt-flow could not. */
export const AUDIT_RESULTS = ['done', 'refused', 'failed'] as const;
export const PRINCIPAL_KINDS = ['user', 'token', 'agent', 'system'] as const;

/** Whose log: `installation` is what concerns all organizations; for admins of the first one. */
export const AUDIT_LOGS = ['organization', 'installation'] as const;
export type AuditLogName = (typeof AUDIT_LOGS)[number];
const LogQuerySchema = z.object({ of: z.enum(AUDIT_LOGS).default('organization') });

const HashSchema = z.string().regex(/^[0-9a-f]{64}$/);

export const AuditEntrySchema = z.object({
  id: IdSchema,
  /** Within the organization, from 1 without gaps; null for the moment until it is sealed. */
  sequence: z.number().int().nullable(),
  organizationId: IdSchema.nullable(),
  at: TimestampSchema,
  /** `user:<id>`, `token:<id>`, `agent:<id>` or `system`. */
  principal: z.string(),
  /** As it was then; of a token, whose it is. */
  principalName: z.string().nullable(),
  /** `<noun>.<verb>`, e.g. `workspace.stop`. */
  action: z.string(),
  target: z.string(),
  /** As it was then. */
  subjectName: z.string().nullable(),
  result: z.enum(AUDIT_RESULTS),
  detail: z.record(z.string(), z.unknown()),
  /** Where it came from; null for what spt-flow does by itself. */
  address: z.string().nullable(),
  userAgent: z.string().nullable(),
  correlationId: z.string(),
  previousHash: HashSchema.nullable(),
  hash: HashSchema.nullable(),
});
export type AuditEntry = z.infer<typeof AuditEntrySchema>;

export const AuditHeadSchema = z.object({
  organizationId: IdSchema.nullable(),
  sequence: z.number().int(),
  hash: HashSchema,
  signedAt: TimestampSchema,
  signature: z.string().max(128),
});

export const AuditVerificationSchema = z.object({
  isIntact: z.boolean(),
  /** Entries of the chain that were looked at. */
  entryCount: z.number().int(),
  /** Entries up to this one were removed, as they were old; null: none. */
  anchor: AuditHeadSchema.nullable().default(null),
  /** Entries of the last moment, which are not part of the chain yet. */
  waitingCount: z.number().int(),
  /** Null: nothing was ever recorded. */
  head: AuditHeadSchema.nullable(),
  /** The first that is wrong; its id where the entry is there. */
  broken: z
    .object({
      sequence: z.number().int(),
      id: IdSchema.nullable(),
      fault: z.enum(['changed', 'missing', 'moved', 'cut', 'unsigned', 'forged']),
    })
    .nullable(),
  /** Ed25519, SPKI in base64url: it checks the signature of exports. */
  publicKey: z.string(),
  checkedAt: TimestampSchema,
});
export type AuditVerification = z.infer<typeof AuditVerificationSchema>;

const FilterSchema = z.object({
  /** `user:<id>` and so on, or a kind alone: `agent`. */
  actor: z.string().min(1).max(80).optional(),
  /** A whole action, or its noun: `workspace`. */
  action: z.string().min(1).max(80).optional(),
  /** Name or id of what it was done to. */
  subject: z.string().min(1).max(255).optional(),
  result: z.enum(AUDIT_RESULTS).optional(),
  since: TimestampSchema.optional(),
  until: TimestampSchema.optional(),
});
export type AuditFilter = z.infer<typeof FilterSchema>;

/** How far one request for an export goes, in numbers of entries; the header names from where to go on. */
export const AUDIT_EXPORT_ENTRIES = 50_000;
export const AUDIT_NEXT_HEADER = 'x-audit-next-after';
/**
 * The log as a file, oldest first: lines of JSON, the last of which is the signed head (`AuditExportEnd`), the first the
 * signed anchor where old entries were removed (`AuditExportStart`), or CSV without hashes. Filters leave out entries, so that only a whole file proves that nothing is missing.
 */
export const AUDIT_EXPORT_PATH = '/api/v1/audit/export';
export const AuditExportQuerySchema = FilterSchema.extend({
  ...LogQuerySchema.shape,
  format: z.enum(['jsonl', 'csv']).default('jsonl'),
  /** Number of an entry: those after it. */
  after: z.coerce.number().int().min(0).default(0),
});

export const AuditExportStartSchema = z.object({ anchor: AuditHeadSchema });
export const AuditExportEndSchema = z.object({
  head: AuditHeadSchema.nullable(),
  publicKey: z.string(),
  isFiltered: z.boolean(),
});

export const auditRoutes = {
  list: defineRoute({
    method: 'GET',
    path: '/api/v1/audit',
    access: 'admin',
    summary: 'What was done in the organization or to the installation, newest first',
    query: PageQuerySchema.extend({ ...FilterSchema.shape, ...LogQuerySchema.shape }),
    response: pageOf(AuditEntrySchema),
  }),
  verify: defineRoute({
    method: 'GET',
    path: '/api/v1/audit/verification',
    access: 'admin',
    summary: 'Recompute the chain of the audit log and name the first entry that is wrong',
    query: LogQuerySchema,
    response: AuditVerificationSchema,
  }),
};
