import { randomUUID } from 'node:crypto';
import type { Database } from '@spt-flow/db/client';
import { replicas } from '@spt-flow/db/schema';
import { createSessions, type Sessions } from '../../src/features/sessions/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { systemClock } from '../../src/lib/clock.ts';

export interface TestSessionsOptions {
  /** Tells the other replicas of a test; this one hears by itself. */
  readonly announce?: (topic: string) => void;
  readonly maxBytes?: number;
  readonly onError?: (error: unknown) => void;
}

/** createTestSessions is a replica's own sessions on a real database. */
export async function createTestSessions(
  db: Database,
  options: TestSessionsOptions = {},
): Promise<Sessions & { readonly replicaId: string }> {
  const replicaId = randomUUID();
  await db.insert(replicas).values({ id: replicaId, address: replicaId });
  const sessions = createSessions({
    ...{ db, replicaId, secretKey: 'k'.repeat(43), audit: createAudit(db), clock: systemClock },
    limits: { keepDays: 30, maxBytes: options.maxBytes ?? 1024 ** 3 },
    async announce(topic) {
      sessions.onNotice(topic);
      options.announce?.(topic);
    },
    onError: options.onError ?? (() => undefined),
  });
  return { ...sessions, replicaId };
}

export function addressOf({ socket }: { socket: { remoteAddress?: string | undefined } }): string {
  return socket.remoteAddress ?? '';
}
