import { eq } from 'drizzle-orm';
import { beforeEach, describe, expect, it } from 'vitest';
import { auditLog, installation } from '@spt-flow/db/schema';
import type { DatabaseConnection } from '@spt-flow/db/client';
import { createIdentity, createIdentityRepository } from '../../src/features/agents/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { useDatabases } from '../support/database.ts';
import { SECRET_KEY } from './agents-server.ts';

const newDatabase = useDatabases();
let database: DatabaseConnection;

beforeEach(async () => {
  database = await newDatabase();
  await createIdentity({ repository: repository(), secretKey: SECRET_KEY });
});

function repository() {
  return createIdentityRepository(database.db);
}

describe('the identity of the control plane', () => {
  it('stays the same over restarts and is agreed upon by starters at once', async () => {
    const identities = await Promise.all(
      [1, 2, 3].map(() => createIdentity({ repository: repository(), secretKey: SECRET_KEY })),
    );

    expect(
      new Set(identities.map(({ controlPlaneId, key }) => `${controlPlaneId} ${key.keyId}`)).size,
    ).toBe(1);
  });

  it('does not open with another secret key', async () => {
    await expect(
      createIdentity({
        repository: repository(),
        secretKey: 'another secret key of 32 characters',
      }),
    ).rejects.toThrow('The secret key does not fit the database');
  });

  it('does not open when the stored key was changed or moved', async () => {
    const name = 'control-plane-private-key';
    const [row] = await database.db.select().from(installation).where(eq(installation.key, name));
    const sealed = row?.value ?? '';
    const changed = `${sealed.slice(0, -3)}${sealed.endsWith('AAA') ? 'BBB' : 'AAA'}`;
    await database.db
      .update(installation)
      .set({ value: changed })
      .where(eq(installation.key, name));

    await expect(
      createIdentity({ repository: repository(), secretKey: SECRET_KEY }),
    ).rejects.toThrow('The secret key does not fit');
  });

  it('keeps the private key encrypted', async () => {
    const rows = await database.db.select().from(installation);

    expect(rows.find(({ key }) => key === 'control-plane-private-key')?.value).toMatch(
      /^v1\.[\w-]+$/,
    );
    expect(JSON.stringify(rows)).not.toContain('MC4CAQAwBQYDK2Vw');
  });

  it('has an epoch that grows with each restoration, above all that were before', async () => {
    const identity = await createIdentity({ repository: repository(), secretKey: SECRET_KEY });
    expect(identity.epoch).toBe(1);
    const audit = createAudit(database.db);
    const clock = { now: () => new Date(5_000_000), monotonicMs: () => 0 };

    await identity.raiseEpoch({ audit, clock });
    expect(identity.epoch).toBe(5_000);
    await identity.raiseEpoch({ audit, clock });
    expect(identity.epoch).toBe(5_001);

    const entries = await database.db.select().from(auditLog);
    expect(entries).toMatchObject([
      { action: 'installation.raise_epoch', principal: 'system', detail: { epoch: 5_000 } },
      { action: 'installation.raise_epoch', detail: { epoch: 5_001 } },
    ]);
  });

  it('learns the epoch that another replica raised', async () => {
    const [one, other] = await Promise.all(
      [1, 2].map(() => createIdentity({ repository: repository(), secretKey: SECRET_KEY })),
    );
    const clock = { now: () => new Date(5_000_000), monotonicMs: () => 0 };
    await one?.raiseEpoch({ audit: createAudit(database.db), clock });

    await other?.refreshEpoch();

    expect(other?.epoch).toBe(5_000);
  });
});
