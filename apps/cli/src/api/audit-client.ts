import { Readable } from 'node:stream';
import {
  AUDIT_EXPORT_PATH,
  AUDIT_NEXT_HEADER,
  auditRoutes,
  type AuditFilter,
  type AuditLogName,
} from '@spt-flow/shared/api/audit';
import type { RouteInput } from '@spt-flow/shared/api/route';
import type { Call } from './call.ts';
import { refused, send, type FileCall } from './file-call.ts';

type AuditFormat = 'jsonl' | 'csv';

/** Of which log, and which entries of it. */
export type AuditChoice = AuditFilter & { readonly of?: AuditLogName };

/** createAuditClient asks what was done in the organization, or to the installation. */
export function createAuditClient(call: Call, files: FileCall) {
  /** The server gives so many entries at a time, and says from where to go on. */
  async function* chunks(
    choice: AuditChoice,
    from: { readonly format: AuditFormat; readonly after: number },
  ): AsyncGenerator<Uint8Array> {
    for (let { after } = from; ;) {
      const query = new URLSearchParams({ format: from.format, after: String(after) });
      for (const [name, value] of Object.entries(choice)) query.set(name, String(value));
      const response = await send(files, `${AUDIT_EXPORT_PATH}?${query.toString()}`, {
        method: 'GET',
      });
      if (!response.ok || !response.body) return refused(response);
      yield* response.body;
      const next = Number(response.headers.get(AUDIT_NEXT_HEADER) ?? 0);
      // A server that names no later place would keep us here for ever.
      if (!(next > after)) return;
      after = next;
    }
  }

  return {
    listAudit: (query: RouteInput<typeof auditRoutes.list>['query']) =>
      call(auditRoutes.list, { query }),
    verifyAudit: (of: AuditLogName) => call(auditRoutes.verify, { query: { of } }),
    exportAudit: (
      choice: AuditChoice,
      { format = 'jsonl', after = 0 }: { format?: AuditFormat; after?: number } = {},
    ): Readable => Readable.from(chunks(choice, { format, after })),
  };
}
