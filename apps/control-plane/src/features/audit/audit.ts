import type { Database } from '@spt-flow/db/client';
import { createAudit } from '../../lib/audit-repository.ts';
import type { Clock } from '../../lib/clock.ts';
import { createHeadSigner } from './audit-chain.ts';
import { createAuditRepository } from './audit-repository.ts';
import { createAuditSealer } from './audit-sealer.ts';
import { createAuditService } from './audit-service.ts';

/** createAuditLog puts the feature together: what features record with, and what admins read. */
export function createAuditLog(deps: {
  readonly db: Database;
  readonly secretKey: string;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}) {
  const { db, clock, onError } = deps;
  const signer = createHeadSigner(deps.secretKey);
  const repository = createAuditRepository(db);
  const sealer = createAuditSealer({ repository, signer, clock, onError });
  const { seal, wasLonger, start, close } = sealer;
  const audit = createAudit(db, sealer.wake);
  const service = createAuditService({ repository, seal, wasLonger, signer, audit, clock });
  return { audit, service, seal, start, close };
}
