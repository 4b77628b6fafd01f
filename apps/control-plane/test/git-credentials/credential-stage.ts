import { asc, like } from 'drizzle-orm';
import type { Database } from '@spt-flow/db/client';
import { auditLog } from '@spt-flow/db/schema';
import { createGitCredentials } from '../../src/features/git-credentials/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { SECRET_KEY } from '../agents/agents-server.ts';
import type { WorkspacesServer } from '../workspaces/workspaces-server.ts';

/** The feature as the composition makes it, for a server of the tests. */
export function openGitCredentials(
  db: Database,
  server: WorkspacesServer,
  options: { maxPerMinute?: number } = {},
) {
  return createGitCredentials({
    ...{ db, secretKey: SECRET_KEY, clock: systemClock, audit: createAudit(db), ...options },
    hub: server.agentsServer.agents.hub,
    onError: (error) => void server.errors.push(error),
  });
}

/** What was recorded of tokens, oldest first. */
export async function auditOfLogins(db: Database) {
  const { principal, action, target, detail, createdAt } = auditLog;
  return db
    .select({ principal, action, target, detail })
    .from(auditLog)
    .where(like(action, 'git_login.%'))
    .orderBy(asc(createdAt));
}
