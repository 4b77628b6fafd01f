import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { auditLog } from '@spt-flow/db/schema';
import { eq } from 'drizzle-orm';
import { expect, it, onTestFinished } from 'vitest';
import { createSpending } from '../../src/features/chat/spending.ts';
import { createSpendingRepository } from '../../src/features/chat/spending-repository.ts';
import { createReplicas } from '../../src/features/replicas/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { SECRET_KEY } from '../replicas/replica-stage.ts';
import { useDatabases } from '../support/database.ts';
import { seedProject, seedTenant } from '../workspaces/seed.ts';
import { heldRows } from './proxy-stage.ts';

const createDatabase = useDatabases();

it('what a killed control plane set aside is given back when it starts again, and the audit log says so', async () => {
  const { db, target } = await createDatabase();
  const { organizationId, userId } = await seedTenant(db);
  const projectId = await seedProject(db, { organizationId, userId });
  if (!('socketDirectory' in target)) throw new Error('the server is not reached by its directory');
  const { socketDirectory, database = '' } = target;
  await killWhileHolding([socketDirectory, database, organizationId, projectId]);
  const replicas = createReplicas({
    ...{ db, address: undefined, secretKey: SECRET_KEY, clock: systemClock },
    onError: () => undefined,
  });
  const spending = createSpending(createSpendingRepository(db, replicas.id), {
    ...{ prices: {}, maxTurnTokens: 1, projectBudgetMicros: 1_000 },
  });
  expect(await spending.usage(projectId)).toMatchObject({ costMicros: 400 });

  await replicas.start();
  onTestFinished(() => replicas.close());
  const own = await spending.hold({ organizationId, projectId }, () => ({ micros: 7 }));
  await spending.settleLost(createAudit(db), 'start-1');

  expect(await spending.usage(projectId)).toMatchObject({ costMicros: 7 });
  expect(await heldRows(db)).toEqual([expect.objectContaining({ id: own?.holdId })]);
  expect(
    await db.select().from(auditLog).where(eq(auditLog.action, 'model_request.lost')),
  ).toMatchObject([{ target: projectId, detail: { atMostMicros: 400 }, principal: 'system' }]);
});

async function killWhileHolding(args: readonly string[]): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-holds-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const outfile = path.join(folder, 'hold-money.cjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./hold-money.ts', import.meta.url))],
    ...{ outfile, bundle: true, platform: 'node', format: 'cjs', logLevel: 'error' },
    external: ['pg-native'],
  });
  const child = spawn(process.execPath, [outfile, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
}
