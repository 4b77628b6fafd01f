import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { replicas, workspaces } from '@spt-flow/db/schema';
import { createReplicasRepository } from '../../src/features/replicas/replicas-repository.ts';
import { createWorkspacesRepository } from '../../src/features/workspaces/workspaces-repository.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { seedTenant, seedWorkspace } from '../workspaces/seed.ts';
import { linked, startReplica, type StagedReplica } from './replica-stage.ts';

const createDatabase = useDatabases();
let db: TestDatabase['db'];
let one: StagedReplica;
let other: StagedReplica;
let workspaceId: string;

beforeEach(async () => {
  ({ db } = await createDatabase());
  one = await startReplica(db);
  other = await startReplica(db);
  await linked(one, other);
  const { id } = await seedWorkspace(db, await seedTenant(db));
  workspaceId = id;
  await db.update(workspaces).set({ desiredState: 'running' }).where(eq(workspaces.id, id));
});
afterEach(async () => {
  await other.close();
  await one.close();
});

describe('a workspace', () => {
  it('is looked after by the one that claims it first, until that one is gone', async () => {
    const repository = createWorkspacesRepository(db);

    const claims = await Promise.all([
      repository.claim(workspaceId, one.replicas.id),
      repository.claim(workspaceId, other.replicas.id),
    ]);
    expect(new Set(claims).size).toBe(1);
    const owner = claims[0] === one.replicas.id ? one : other;
    const heir = owner === one ? other : one;
    expect(await repository.claimFree(heir.replicas.id)).toEqual([]);
    expect(await repository.ofOthers(heir.replicas.id)).toEqual(new Set([workspaceId]));

    const freed = vi.fn(async () => undefined);
    heir.replicas.onFreed(freed);
    await owner.close();
    heir.replicas.look();
    await vi.waitFor(() => expect(freed).toHaveBeenCalledOnce());

    expect(await repository.claimFree(heir.replicas.id)).toEqual([workspaceId]);
    expect(await repository.claimFree(heir.replicas.id)).toEqual([]);
  });

  it('is nobody’s who is taken for dead, whatever that one still says', async () => {
    const repository = createWorkspacesRepository(db);
    await db.delete(replicas).where(eq(replicas.id, one.replicas.id));

    expect(await repository.claim(workspaceId, one.replicas.id)).toBeNull();
    one.replicas.look();
    expect(await one.replicas.failed).toContain('took over');
  });
});

describe('a replica', () => {
  it('frees what was at its address before it, and nobody else’s', async () => {
    const repository = createReplicasRepository(db);
    const next = crypto.randomUUID();

    await repository.register(next, one.address);

    const left = await repository.others(next);
    expect(left.map(({ id }) => id)).toEqual([other.replicas.id]);
  });

  it('is not removed when it was heard of meanwhile', async () => {
    const repository = createReplicasRepository(db);
    const [seen] = await repository.others(other.replicas.id);
    if (!seen) throw new Error('There is no other one');

    await repository.beat(one.replicas.id);
    await repository.removeSilent(seen);

    expect(await repository.beat(one.replicas.id)).toBe(true);
  });
});
