import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { WorkspaceSchema } from '@spt-flow/shared/api/workspaces';
import { createEventLog } from '../../src/features/live/index.ts';
import { createPrices } from '../../src/features/workspaces/index.ts';
import { createProviders } from '../../src/features/providers/index.ts';
import { createNotices } from '../../src/features/workspaces/workspace-notices.ts';
import { createWorkspacesRepository } from '../../src/features/workspaces/workspaces-repository.ts';
import { useDatabases } from '../support/database.ts';
import { seedTenant, seedWorkspace } from './seed.ts';

describe('notices of many workspaces at once', () => {
  const newDatabase = useDatabases();

  it('reach their own organization, each once, also beside one that is gone', async () => {
    const { db } = await newDatabase();
    const eventLog = createEventLog(db);
    const errors: unknown[] = [];
    const notices = createNotices({
      providers: createProviders({}),
      repository: createWorkspacesRepository(db),
      hub: { isOnline: () => true },
      prices: createPrices({ pricesPerHour: {}, currency: 'USD' }),
      eventLog,
      logs: { append: async () => undefined },
      onError: (error) => void errors.push(error),
    });
    const tenants = [await seedTenant(db), await seedTenant(db)];
    const owned = await Promise.all(
      tenants.map(async (tenant) => [
        (await seedWorkspace(db, tenant)).id,
        (await seedWorkspace(db, tenant)).id,
      ]),
    );

    await Promise.all([...owned.flat(), randomUUID()].map((id) => notices.workspaceChanged(id)));

    for (const [index, { organizationId }] of tenants.entries()) {
      const rows = await eventLog.read(`organization:${organizationId}`, 0, 100);
      const told = rows.map(({ event }) => WorkspaceSchema.parse(event['workspace']).id);
      expect(told.toSorted()).toEqual(owned[index]?.toSorted());
    }
    expect(errors).toEqual([]);
  });
});
