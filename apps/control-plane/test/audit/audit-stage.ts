import { sql, type SQL } from 'drizzle-orm';
import { afterAll, beforeAll } from 'vitest';
import type { Database } from '@spt-flow/db/client';
import { createAuditLog } from '../../src/features/audit/index.ts';
import { auditName, type Principal } from '../../src/lib/principal.ts';
import { useDatabases } from '../support/database.ts';
import { seedTenant, type Tenant } from '../workspaces/seed.ts';

export type TestAuditLog = ReturnType<typeof createAuditLog>;

interface ReplicaOptions {
  readonly keepDays?: number | null;
  readonly daysLater?: number;
  /** Instead of those of the stage. */
  readonly toldOf?: unknown[];
}

const SECRET_KEY = 'a key that only these tests have, 32 long';

/** useAuditStage has two replicas with connections of their own to one database. */
export function useAuditStage() {
  const createDatabase = useDatabases();
  const errors: unknown[] = [];
  let db: Database;
  let replicas: readonly [TestAuditLog, TestAuditLog];

  beforeAll(async () => {
    ({ db } = await createDatabase());
    replicas = [createReplica(), createReplica()];
  });
  afterAll(() => Promise.all(replicas.map((replica) => replica.close())));

  function createReplica(options: ReplicaOptions = {}): TestAuditLog {
    const { keepDays = null, daysLater = 0, toldOf = errors } = options;
    const now = () => new Date(Date.now() + daysLater * 86_400_000);
    return createAuditLog({
      ...{ db, secretKey: SECRET_KEY, keepDays },
      clock: { now, monotonicMs: () => performance.now() },
      onError: (error) => void toldOf.push(error),
    });
  }

  return {
    createReplica,
    errors,
    get db() {
      return db;
    },
    get replicas() {
      return replicas;
    },

    async tenant(): Promise<Tenant & { readonly admin: Principal }> {
      const tenant = await seedTenant(db);
      return { ...tenant, admin: { ...tenant.principal, role: 'admin', scope: 'admin' } };
    },

    entryOf: ({ principal, organizationId }: Tenant, detail: Record<string, unknown> = {}) => ({
      ...{ organizationId, principal: auditName(principal), action: 'workspace.stop' },
      ...{ target: 'workspace:somewhere', correlationId: 'a-correlation', detail },
    }),

    /** As somebody does who has the database for themselves. */
    async tamper(...statements: readonly SQL[]): Promise<void> {
      await db.transaction(async (tx) => {
        await tx.execute(sql`set local session_replication_role = replica`);
        for (const statement of statements) await tx.execute(statement);
      });
    },
  };
}
