import { expect, it, vi } from 'vitest';
import { eq } from 'drizzle-orm';
import { transitions } from '@spt-flow/db/schema';
import { useLifecycle } from './lifecycle.ts';
import { seedTenant, type Tenant } from './seed.ts';

const context = useLifecycle();

const GREEDY = 40;
const MODEST = 10;
/** Enough for one start, and not for all of them one after the other. */
const DEADLINE_SECONDS = 15;

it('50 at once: each tells its place, nobody waits for another person’s many, and none is lost', async () => {
  await context.server.close();
  await context.restart({ deadlineSeconds: { start: DEADLINE_SECONDS } });
  const modest: Tenant = await seedTenant(context.database.db);
  const start = (tenant: Tenant) => context.server.create(tenant);
  const greedyIds = await Promise.all(Array.from({ length: GREEDY }, () => start(context.tenant)));
  const modestIds = await Promise.all(Array.from({ length: MODEST }, () => start(modest)));
  const ids = [...greedyIds, ...modestIds];

  await vi.waitFor(async () => {
    const running = await context.database.db
      .select()
      .from(transitions)
      .where(eq(transitions.state, 'running'));
    const places = running.map(({ steps }) => steps.at(-1)?.name ?? '');
    expect(places).toContain('Wait for a free place (1st)');
    expect(places.some((name) => /\((2|3)\dth\)/.test(name))).toBe(true);
  });
  for (const id of ids)
    await vi.waitFor(
      async () => expect((await context.server.row(id)).actualState).toBe('running'),
      { timeout: 240_000, interval: 200 },
    );

  const seen = await context.database.db.select().from(transitions);
  const entered = seen
    .flatMap(({ workspaceId, steps }) =>
      steps
        .filter(({ name }) => name === 'Start the machine')
        .map(({ startedAt }) => ({ workspaceId, startedAt })),
    )
    .toSorted((one, other) => one.startedAt.localeCompare(other.startedAt))
    .map(({ workspaceId }) => workspaceId);
  // Turn by turn: the one with few is through when the other has as many more, and those that were first in.
  const lastModest = Math.max(...modestIds.map((id) => entered.indexOf(id)));
  expect(lastModest).toBeLessThan(3 * MODEST);
  const stuckInLine = seen.filter(
    ({ state, steps }) => state === 'failed' && steps.at(-1)?.name === 'Wait for a free place',
  );
  expect(stuckInLine).toEqual([]);
}, 300_000);
