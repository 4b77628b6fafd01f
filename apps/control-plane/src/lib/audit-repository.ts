import type { Database } from '@spt-flow/db/client';
import { auditLog } from '@spt-flow/db/schema';
import { principalNameOf, subjectNameOf } from './audit-names.ts';
import type { Audit, AuditEntry } from './audit.ts';
import { redactValue } from './redact.ts';
import { currentOrigin } from './request-origin.ts';

const MAX_ADDRESS_LENGTH = 64;
const MAX_USER_AGENT_LENGTH = 255;

/** createAudit tells `onRecorded` of each entry; it may not be committed yet. */
export function createAudit(db: Database, onRecorded: () => void = () => undefined): Audit {
  const recordAll: Audit['recordAll'] = async (entries, tx) => {
    if (entries.length === 0) return;
    await tx.insert(auditLog).values(entries.map(rowOf));
    onRecorded();
  };
  return { recordAll, record: (entry, tx = db) => recordAll([entry], tx) };
}

function rowOf({ detail = {}, ...entry }: AuditEntry) {
  return {
    ...entry,
    ...originOf(entry),
    detail: redactValue(detail),
    principalName: principalNameOf(entry.principal),
    subjectName: subjectNameOf(entry),
  };
}

/** What spt-flow does by itself after a request comes from nowhere. */
function originOf({ principal }: AuditEntry) {
  const origin = currentOrigin();
  if (!origin || !/^(user|token):/.test(principal)) return {};
  origin.isAudited = true;
  return {
    address: origin.address.slice(0, MAX_ADDRESS_LENGTH),
    userAgent: origin.userAgent?.slice(0, MAX_USER_AGENT_LENGTH) ?? null,
  };
}
