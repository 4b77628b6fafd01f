import { eq } from 'drizzle-orm';
import { expect, it, onTestFinished, vi } from 'vitest';
import { forgeLinks } from '@spt-flow/db/schema';
import { createForgeRepository, type Outcome } from '../../src/features/forge/forge-repository.ts';
import { createOutbox } from '../../src/features/forge/outbox.ts';
import { useDatabases } from '../support/database.ts';
import { seedProject, seedTenant } from '../workspaces/seed.ts';
import { soon } from './forge-stage.ts';

const createDatabase = useDatabases();
const START_MS = Date.UTC(2026, 10, 27);
const RENEWAL_MS = 15_000;

async function dueProject() {
  const { db } = await createDatabase();
  const tenant = await seedTenant(db);
  const projectId = await seedProject(db, tenant);
  const now = new Date(START_MS);
  const { organizationId } = tenant;
  await db
    .insert(forgeLinks)
    .values({ projectId, organizationId, dueAt: now, pipelinesUntil: now });
  const row = async () => {
    const [found] = await db.select().from(forgeLinks).where(eq(forgeLinks.projectId, projectId));
    return found;
  };
  return { db, row };
}

it('a visit that takes long keeps the project to itself, at all replicas, until it is over', async () => {
  const { db, row } = await dueProject();
  let now = new Date(START_MS);
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const visits: ((outcome: Outcome) => void)[] = [];
  const here = createOutbox({
    repository: createForgeRepository(db),
    connection: { ready: async () => 1, note: () => undefined, pausedUntil: () => undefined },
    visit: () => new Promise((resolve) => visits.push(resolve)),
    ending: new AbortController(),
    now: () => now,
    onError: (error) => expect.fail(String(error)),
  });
  const elsewhere = createForgeRepository(db);
  here.wake();
  await soon(() => expect(visits).toHaveLength(1));

  for (let renewals = 1; renewals <= 6; renewals += 1) {
    now = new Date(START_MS + renewals * RENEWAL_MS);
    vi.advanceTimersByTime(RENEWAL_MS);
    await soon(async () =>
      expect((await row())?.heldUntil?.getTime()).toBe(now.getTime() + 4 * RENEWAL_MS),
    );
  }
  // Longer than it was held for at first.
  expect(await elsewhere.claim(now, now)).toBeUndefined();

  visits[0]?.({ state: 'synced', detail: null, attempts: 0, dueAt: new Date(START_MS * 2) });
  await soon(async () => expect(await row()).toMatchObject({ state: 'synced', heldUntil: null }));
  await here.close();
});

it('a visit of which nothing was heard is somebody else’s, and settles nothing any more', async () => {
  const { db, row } = await dueProject();
  const now = new Date(START_MS);
  const repository = createForgeRepository(db);
  const lost = await repository.claim(now, new Date(START_MS + RENEWAL_MS));
  const later = new Date(START_MS + 2 * RENEWAL_MS);
  const taken = await repository.claim(later, new Date(START_MS + 3 * RENEWAL_MS));
  if (!lost || !taken) throw new Error('It was not due');

  expect(await repository.renew(lost, later)).toBe(false);
  await repository.settle(lost, { state: 'failing', detail: 'late', attempts: 9, dueAt: now });

  expect(await repository.renew(taken, new Date(START_MS + 4 * RENEWAL_MS))).toBe(true);
  expect(await row()).toMatchObject({ state: 'waiting', attempts: 0 });
});
