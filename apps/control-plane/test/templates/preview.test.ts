import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eq } from 'drizzle-orm';
import { workspaces } from '@spt-flow/db/schema';
import { projectRoutes } from '@spt-flow/shared/api/projects';
import { workspacePreviewRoutes } from '@spt-flow/shared/api/workspace-preview';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { seedTenant, seedWorkspace, type Tenant } from '../workspaces/seed.ts';
import { startTemplatesStage, type TemplatesStage } from './templates-stage.ts';

const { preview } = workspacePreviewRoutes;

const newDatabase = useDatabases();
let database: TestDatabase;
let stage: TemplatesStage;
let tenant: Tenant;
let call: ReturnType<TemplatesStage['as']>;

beforeAll(async () => {
  database = await newDatabase();
  stage = await startTemplatesStage(database, { maxRunningPerUser: 2 });
}, 60_000);
beforeEach(async () => {
  tenant = await seedTenant(database.db);
  call = stage.as(tenant.principal);
  stage.costs.value = null;
});
afterAll(() => stage.close());

/** As far as the rows say. */
async function running(name: string): Promise<void> {
  const { id } = await seedWorkspace(database.db, tenant);
  const state = { desiredState: 'running', actualState: 'running' } as const;
  await database.db
    .update(workspaces)
    .set({ name, ...state })
    .where(eq(workspaces.id, id));
}

describe('the preview of a workspace', () => {
  it('says what it would be called and cost, and what quota is left, and makes nothing', async () => {
    await running('blog');

    const seen = await call(preview, { body: { name: 'My Shop', template: { name: 'go' } } });

    expect(seen).toEqual({
      name: 'my-shop',
      problems: [],
      plan: {
        ...{ provider: 'local', size: 'chat', isolation: 'restricted', image: null },
        costPerHour: { amount: 0.05, currency: 'USD' },
        costPerMonth: { amount: 36.5, currency: 'USD' },
      },
      places: [
        {
          ...{ provider: 'local', server: null, isDefault: true },
          lacks: ['images', 'devcontainers', 'isolation', 'egress'],
        },
      ],
      quotas: [
        { rule: 'running-per-person', used: 1, limit: 2 },
        { rule: 'running-per-organization', used: 1, limit: null },
        { rule: 'projects-per-person', used: 1, limit: 100 },
      ],
      month: null,
      refusals: [],
      canCreate: true,
    });
    const { items } = await call(projectRoutes.list, { query: {} });
    expect(items.map(({ name }) => name)).not.toContain('My Shop');
  });

  it('proposes a name that nobody has', async () => {
    const first = await call(preview, { body: { name: 'Taken name' } });
    await call(projectRoutes.create, { body: { name: 'Taken name' } });

    expect(first.name).toBe('taken-name');
    expect((await call(preview, { body: { name: 'Taken name' } })).name).toBe('taken-name-2');
    expect((await call(preview, { body: {} })).name).toBe('workspace');
  });

  it('names every parameter that is wrong', async () => {
    const template = { name: 'node-react', values: { size: 'huge', colour: 'red' } };

    const seen = await call(preview, { body: { template } });

    expect(seen).toMatchObject({
      ...{ plan: null, canCreate: false },
      problems: [
        { parameter: 'colour', reason: 'unknown' },
        { parameter: 'size', reason: 'invalid', message: '"size" must be one of chat, devenv' },
      ],
    });
  });

  it('names what policy and quota refuse, by their rules, and what to stop', async () => {
    await Promise.all([running('blog'), running('shop')]);

    const seen = await call(preview, { body: { settings: { isolation: 'relaxed' } } });

    expect(seen.canCreate).toBe(false);
    expect(seen.refusals).toMatchObject([
      { kind: 'policy', rule: 'isolation', isBlocking: true },
      {
        ...{ kind: 'quota', rule: 'running-per-person', stop: ['blog', 'shop'] },
        message: expect.stringContaining('stop "blog" or "shop" first'),
      },
    ]);
    await expect(
      call(projectRoutes.create, { body: { name: 'x', settings: { isolation: 'relaxed' } } }),
    ).rejects.toMatchObject({ code: 'policy_refused' });
  });

  it('says where it can not run, and nothing is made there', async () => {
    const body = { name: 'elsewhere', provider: 'kubernetes' } as const;

    const seen = await call(preview, { body });

    expect(seen).toMatchObject({ canCreate: false, places: [{ provider: 'local' }] });
    expect(seen.refusals).toMatchObject([
      {
        ...{ rule: 'provider', isBlocking: true, remedy: 'choose "local"' },
        message: 'The provider "kubernetes" can\'t be chosen here now',
      },
    ]);
    await expect(call(projectRoutes.create, { body })).rejects.toMatchObject({
      code: 'validation_failed',
    });
  });

  it('warns of the budget, which forbids nothing', async () => {
    const money = (amount: number) => ({ amount, currency: 'USD' });
    stage.costs.value = {
      ...{ month: '2026-01', state: 'near', owners: [] },
      ...{ spent: money(9.999), budget: money(9.9991) },
    };

    const seen = await call(preview, { body: {} });

    expect(seen.canCreate).toBe(true);
    expect(seen.refusals).toMatchObject([{ rule: 'monthly-budget', isBlocking: false }]);
    expect(seen.month?.expected.amount).toBeGreaterThan(9.999);
  });

  it('keeps settings to workspaces without a template', async () => {
    const body = { name: 'x', template: { name: 'go' }, settings: { size: 'devenv' as const } };

    await expect(call(preview, { body })).rejects.toMatchObject({ code: 'validation_failed' });
    await expect(call(projectRoutes.create, { body })).rejects.toMatchObject({
      code: 'validation_failed',
    });
  });

  it('tells nothing of another organization', async () => {
    await Promise.all([running('blog'), running('shop')]);
    const stranger = stage.as((await seedTenant(database.db)).principal);

    const seen = await stranger(preview, { body: {} });

    expect(seen.refusals).toEqual([]);
    expect(seen.quotas[1]).toEqual({ rule: 'running-per-organization', used: 0, limit: null });
  });
});
