import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { authRoutes } from '@spt-flow/shared/api/auth';
import { projects, workspaces } from '@spt-flow/db/schema';
import type { Database } from '@spt-flow/db/client';
import { createEnrolmentRepository } from '../../apps/control-plane/src/features/agents/identity/enrolment-repository.ts';
import { createEnrolmentTokens } from '../../apps/control-plane/src/features/agents/identity/enrolment-tokens.ts';
import {
  createIdentity,
  createIdentityRepository,
} from '../../apps/control-plane/src/features/agents/index.ts';
import { systemClock } from '../../apps/control-plane/src/lib/clock.ts';
import { withDatabase } from '../../e2e/faults/support/stranger.ts';
import type { Subject } from './subject.ts';

const ROWS_AT_ONCE = 1_000;
const TOKENS_AT_ONCE = 4;

export interface Enrolment {
  readonly workspaceIds: readonly string[];
  /** One for each workspace, used up by the agent that joins with it. */
  readonly tokens: readonly string[];
  /** What agents pin. */
  readonly serverKey: string;
}

/** prepareEnrolment makes workspaces on servers, and a join token for the agent of each. */
export async function prepareEnrolment(subject: Subject, count: number): Promise<Enrolment> {
  const me = await subject.api.call(authRoutes.me, {});
  const { dataDirectory } = subject.product;
  const secretKey = (await readFile(path.join(dataDirectory, 'secret.key'), 'utf8')).trim();
  return withDatabase(dataDirectory, async (db) => {
    const identity = await createIdentity({ repository: createIdentityRepository(db), secretKey });
    const owner = { organizationId: me.organization.id, userId: me.id };
    const workspaceIds = await insertWorkspaces(db, owner, count);
    const tokens = await createTokens(db, owner.organizationId, workspaceIds);
    return { workspaceIds, tokens, serverKey: identity.key.keyId };
  });
}

async function insertWorkspaces(
  db: Database,
  { organizationId, userId }: { organizationId: string; userId: string },
  count: number,
): Promise<string[]> {
  const [project] = await db
    .insert(projects)
    .values({ organizationId, userId, name: 'fleet', slug: 'fleet' })
    .returning();
  if (!project) throw new Error('The project was not made');
  const rows = Array.from({ length: count }, (_, index) => ({
    ...{ organizationId, ownerId: userId, projectId: project.id },
    name: `machine-${index}`,
    provider: 'server' as const,
    desiredState: 'stopped' as const,
    actualState: 'stopped' as const,
    appPort: 3_000,
  }));
  const ids: string[] = [];
  for (let start = 0; start < count; start += ROWS_AT_ONCE) {
    const inserted = await db
      .insert(workspaces)
      .values(rows.slice(start, start + ROWS_AT_ONCE))
      .returning({ id: workspaces.id });
    ids.push(...inserted.map(({ id }) => id));
  }
  return ids;
}

async function createTokens(
  db: Database,
  organizationId: string,
  workspaceIds: readonly string[],
): Promise<string[]> {
  const { create } = createEnrolmentTokens({
    repository: createEnrolmentRepository(db),
    clock: systemClock,
    channelBinding: 'none',
  });
  const tokens: string[] = [];
  for (let start = 0; start < workspaceIds.length; start += TOKENS_AT_ONCE) {
    const some = workspaceIds.slice(start, start + TOKENS_AT_ONCE);
    const created = await Promise.all(some.map((id) => create({ id, organizationId })));
    tokens.push(...created.map(({ token }) => token));
  }
  return tokens;
}
