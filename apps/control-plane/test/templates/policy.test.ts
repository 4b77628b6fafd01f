import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditLog } from '@spt-flow/db/schema';
import { projectRoutes } from '@spt-flow/shared/api/projects';
import { templateRoutes } from '@spt-flow/shared/api/templates';
import { workspaceRoutes, type Workspace } from '@spt-flow/shared/api/workspaces';
import { TEMPLATE_FILE } from '@spt-flow/shared/domain/template-shape';
import { and, eq } from 'drizzle-orm';
import * as z from 'zod';
import type { Principal } from '../../src/lib/principal.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { seedTenant } from '../workspaces/seed.ts';
import { startTemplatesStage, type TemplatesStage } from './templates-stage.ts';

const DetailSchema = z.object({
  action: z.string(),
  denials: z.array(z.object({ rule: z.string() })),
});
const handle = 'team';
const params = { handle };

const newDatabase = useDatabases();
let database: TestDatabase;
let stage: TemplatesStage;
let admin: Principal;
let call: ReturnType<TemplatesStage['as']>;

beforeAll(async () => {
  database = await newDatabase();
  stage = await startTemplatesStage(database);
}, 60_000);
beforeEach(async () => {
  admin = { ...(await seedTenant(database.db)).principal, role: 'admin', scope: 'admin' };
  call = stage.as(admin);
  await push({});
});
afterAll(() => stage.close());

function push(change: object) {
  const template = { name: handle, displayName: 'Team', settings: {}, parameters: [], ...change };
  const files = [{ path: TEMPLATE_FILE, text: JSON.stringify(template) }];
  return call(templateRoutes.push, { body: { source: { kind: 'files', files }, promote: true } });
}

async function create(): Promise<Workspace> {
  const { project } = await call(projectRoutes.create, {
    body: { name: 'demo', template: { name: handle } },
  });
  if (!project?.workspace) throw new Error('no workspace was made');
  return project.workspace;
}

describe('the policy', () => {
  it('refuses to create, also in a dry run, and names its rule', async () => {
    await push({ settings: { isolation: 'relaxed' } });

    for (const dryRun of [true, false]) {
      const body = { name: 'x', dryRun, template: { name: handle } };
      await expect(call(projectRoutes.create, { body })).rejects.toMatchObject({
        code: 'policy_refused',
        details: { rule: 'isolation', remedy: expect.stringContaining('permitted isolation') },
      });
    }
    // The dry run only looked.
    await expect.poll(refusals).toEqual([['user', 'x', 'create', 'isolation']]);
  });

  it('refuses an update, which the impact tells before', async () => {
    const { id } = await create();
    await push({ settings: { image: 'elsewhere/x' } });

    const { items } = await call(templateRoutes.impact, { params, body: {} });
    const { updated, refused } = await call(templateRoutes.updateWorkspaces, {
      params,
      body: { workspaces: [id] },
    });

    expect(items).toMatchObject([
      {
        canUpdate: false,
        refusal:
          'The policy "images" refuses this: Image elsewhere/x is none of the permitted: registry.example.com/*. Choose an image of image_sources, and name its digest where pinned_images is true.',
      },
    ]);
    expect({ updated, refused }).toEqual({ updated: [], refused: items });
  });

  it('refuses to start what it does not permit any more', async () => {
    const { id } = await create();
    await stage.machines.untilState(id, 'running');
    await call(workspaceRoutes.stop, { params: { handle: id } });
    await stage.machines.untilState(id, 'stopped');
    expect(await call(workspaceRoutes.policy, { params: { handle: id } })).toEqual({
      permitted: true,
      denials: [],
    });
    await stage.setSettings(id, { isolation: 'relaxed' });

    expect(await call(workspaceRoutes.policy, { params: { handle: id } })).toMatchObject({
      permitted: false,
      denials: [{ rule: 'isolation', reason: expect.stringContaining('relaxed') }],
    });
    await expect(call(workspaceRoutes.start, { params: { handle: id } })).rejects.toMatchObject({
      code: 'policy_refused',
    });
    await expect(
      stage.machines.workspaces.service.ensureReady(id, { correlationId: 'test' }),
    ).rejects.toMatchObject({ code: 'policy_refused' });
    await expect.poll(refusals).toEqual([
      ['user', id, 'start', 'isolation'],
      ['system', id, 'start', 'isolation'],
    ]);
  });

  it('is not told to those who are not of the organization', async () => {
    const { id } = await create();
    const stranger = stage.as((await seedTenant(database.db)).principal);

    await expect(
      stranger(workspaceRoutes.policy, { params: { handle: id } }),
    ).rejects.toMatchObject({ code: 'not_found' });
  });

  /** Of the audit log: who was refused what, and by which rule. */
  async function refusals() {
    const rows = await database.db
      .select()
      .from(auditLog)
      .where(
        and(
          eq(auditLog.organizationId, admin.organizationId),
          eq(auditLog.action, 'workspace.refuse'),
        ),
      )
      .orderBy(auditLog.createdAt);
    return rows.map(({ principal, target, detail }) => {
      const { action, denials } = DetailSchema.parse(detail);
      return [principal.split(':')[0], target, action, denials[0]?.rule];
    });
  }
});
