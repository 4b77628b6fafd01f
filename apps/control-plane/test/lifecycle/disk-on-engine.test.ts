import { eq } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { auditLog } from '@spt-flow/db/schema';
import { createLifecycle } from '../../src/features/lifecycle/index.ts';
import { createPrices } from '../../src/features/workspaces/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { seedTenant } from '../workspaces/seed.ts';
import { useDockerWorkspaces } from '../providers/docker-workspaces.ts';

const MINUTE_MS = 60_000;
const docker = useDockerWorkspaces();

/** Decides by a clock that runs ahead; what is measured is real. */
function openLifecycle() {
  const { db } = docker;
  const audit = createAudit(db);
  const ahead = { ms: 0 };
  const now = () => Date.now() + ahead.ms;
  const lifecycle = createLifecycle({
    ...{ db, audit, workspaces: docker.server.workspaces, logs: { append: async () => undefined } },
    clock: { now: () => new Date(now()), monotonicMs: now },
    prices: createPrices({ pricesPerHour: {}, currency: 'USD' }),
    policy: { idleMinutes: 0, dormantDays: 0, deleteDays: 0, monthlyBudget: undefined },
    keepLast: async () => undefined,
    onAgentEvent: () => undefined,
    onPresence: () => () => undefined,
    onError: (error) => void docker.server.errors.push(error),
  });
  return {
    lifecycle,
    async pass(minutes: number) {
      ahead.ms += minutes * MINUTE_MS;
      await lifecycle.sweep();
    },
  };
}

it('a container beyond its disk limit is stopped with the reason, and started again has time to make room', async () => {
  const tenant = await seedTenant(docker.db);
  const { service } = docker.server.workspaces;
  const { lifecycle, pass } = openLifecycle();
  const id = await docker.server.create(tenant, { provider: 'docker' });
  await service.ensureReady(id, { correlationId: 'test' });
  // Sizes are those of the files, so that nobody escapes the limit by holes in them.
  await docker.stage.exec(id, 'truncate -s 7G /workspace/big; truncate -s 1G /var/tmp/big');

  await pass(0);
  const { warnings } = await service.get(tenant.principal, id);
  expect(warnings.join()).toMatch(/It takes 8(\.\d)? GiB of disk: its size permits 5 GiB/);
  await pass(1);
  await pass(10);
  await docker.server.untilState(id, 'stopped');

  const reason = expect.stringMatching(/8(\.\d)? GiB of disk: .*Remove files/);
  const [, stopped] = await docker.server.transitions(id);
  expect(stopped).toMatchObject({ kind: 'stop', reason });
  const audited = await docker.db.select().from(auditLog).where(eq(auditLog.target, id));
  expect(audited.find(({ action }) => action === 'workspace.stop')).toMatchObject({
    ...{ principal: 'system', detail: { reason } },
  });
  await lifecycle.close();

  const again = openLifecycle();
  await service.start(tenant.principal, id, 'test');
  await service.ensureReady(id, { correlationId: 'test' });
  await again.pass(0);
  expect((await service.get(tenant.principal, id)).warnings.join()).toMatch(
    /It takes 7(\.\d)? GiB/,
  );
  await docker.stage.exec(id, 'rm /workspace/big');
  await again.pass(9);
  await again.pass(30);
  const { actualState, warnings: left } = await service.get(tenant.principal, id);
  expect(actualState).toBe('running');
  expect(left.join()).not.toContain('It takes');
  expect((await docker.server.transitions(id)).map(({ kind }) => kind)).toEqual([
    ...['start', 'stop', 'start'],
  ]);
  expect(docker.server.errors).toEqual([]);
  await again.lifecycle.close();
}, 90_000);
