import type { Database } from '@spt-flow/db/client';
import { createAudit } from '../../lib/audit-repository.ts';
import type { Clock } from '../../lib/clock.ts';
import { createAuditAnchorsRepository } from './audit-anchors-repository.ts';
import { createHeadSigner } from './audit-chain.ts';
import { createAuditProblems } from './audit-problems.ts';
import { createAuditRepository } from './audit-repository.ts';
import { createAuditSealer } from './audit-sealer.ts';
import { createAuditService } from './audit-service.ts';
import { createAuditTrimmer } from './audit-trimmer.ts';

/** createAuditLog puts the feature together: what features record with, and what admins read. */
export function createAuditLog(deps: {
  readonly db: Database;
  readonly secretKey: string;
  /** How long entries are kept; null: for ever. */
  readonly keepDays: number | null;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}) {
  const { db, clock, keepDays } = deps;
  const signer = createHeadSigner(deps.secretKey);
  const problems = createAuditProblems(deps.onError);
  const repository = createAuditRepository(db);
  const sealer = createAuditSealer({ repository, signer, clock, problems });
  const { seal, lengthSeen } = sealer;
  const audit = createAudit(db, sealer.wake);
  const trimmer = createAuditTrimmer({
    ...{ signer, audit, clock, problems, keepDays },
    repository: { ...repository, ...createAuditAnchorsRepository(db) },
  });
  const service = createAuditService({ repository, seal, lengthSeen, signer, audit, clock });
  return {
    ...{ audit, service, seal, trim: trimmer.run, state: problems.state },

    start(): void {
      sealer.start();
      trimmer.start();
    },

    async close(): Promise<void> {
      await trimmer.close();
      await sealer.close();
    },
  };
}
