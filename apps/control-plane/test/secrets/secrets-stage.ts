import { like } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import { auditLog } from '@spt-flow/db/schema';
import { AppError } from '@spt-flow/shared/domain/errors';
import { createSecrets, type Secrets } from '../../src/features/secrets/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { SECRET_KEY } from '../agents/agents-server.ts';
import type { WorkspacesServer } from '../workspaces/workspaces-server.ts';
import { admitAll } from '../support/open-access.ts';

type Options = Partial<Pick<Parameters<typeof createSecrets>[0], 'secretKey' | 'vault'>>;

export const CORRELATION = { correlationId: 'secrets-1' };

/** The feature as the composition makes it, on a server of the tests or on none. */
export function openSecrets(db: Database, server?: WorkspacesServer, options: Options = {}) {
  const errors: unknown[] = [];
  const hub = server?.agentsServer.agents.hub ?? {
    onPresence: () => () => undefined,
    request: () => Promise.reject(new AppError('agent_offline')),
  };
  const secrets: Secrets = createSecrets({
    ...{ db, hub, here: hub, secretKey: SECRET_KEY, vault: null, clock: systemClock },
    audit: createAudit(db),
    admit: admitAll,
    async findWorkspace(organizationId, handle) {
      if (!server) throw new AppError('not_found');
      return server.workspaces.service.find(organizationId, handle);
    },
    onError: (error) => void errors.push(error),
    ...options,
  });
  return { ...secrets, errors };
}

/** What was recorded of secrets, oldest first. */
export async function auditOfSecrets(db: Database) {
  const { principal, action, target, detail, createdAt } = auditLog;
  return db
    .select({ principal, action, target, detail })
    .from(auditLog)
    .where(like(action, 'secret%'))
    .orderBy(createdAt);
}
