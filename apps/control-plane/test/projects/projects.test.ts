import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  auditLog,
  organizationMembers,
  organizations,
  projects as projectsTable,
  users,
} from '@spt-flow/db/schema';
import type { LiveEvent } from '@spt-flow/shared/api/live';
import {
  createProjectsRepository,
  createProjectsService,
  type ProjectsService,
  type ProjectWorkspaces,
} from '../../src/features/projects/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import type { Principal } from '../../src/lib/principal.ts';
import { TEST_SERVERS } from '@spt-flow/db/testing/test-cluster';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { withoutAudit } from '../support/refused-audit.ts';
import { NO_HOSTS } from '../support/no-hosts.ts';

const CORRELATION = 'correlation-1';

describe.each(TEST_SERVERS)('projects on the %s server', (kind) => {
  const newDatabase = useDatabases(kind);
  let database: TestDatabase;
  let projects: ProjectsService;
  let published: { topic: string; event: LiveEvent }[];
  let created: { name: string }[];
  let begun: string[];
  let removed: string[];
  let ada: Principal;
  let failCreation: boolean;

  beforeEach(async () => {
    database = await newDatabase();
    published = [];
    created = [];
    begun = [];
    removed = [];
    failCreation = false;
    const workspaces: ProjectWorkspaces = {
      create: async (input) => {
        if (failCreation) throw new Error('no room');
        created.push(input);
        return { id: randomUUID() };
      },
      claim: async () => undefined,
      begin: async (workspaceId) => void begun.push(workspaceId),
      ofProject: async () => null,
      remove: async () => ({ gone: Promise.resolve() }),
      removeLeft: async () => ({ gone: Promise.resolve() }),
      choosePlace: async () => undefined,
      findHost: NO_HOSTS.find,
      assertRemovable: async () => undefined,
      plan: (name) => [`Create the workspace "${name}"`],
    };
    projects = createProjectsService({
      repository: createProjectsRepository(database.db),
      workspaces,
      chooseTemplate: () => Promise.reject(new Error('no template is chosen here')),
      audit: createAudit(database.db),
      removeRepository: async (projectId) => void removed.push(projectId),
      onError: (error) => {
        throw error;
      },
      publish: async (topic, event) => void published.push({ topic, event }),
      previewUrl: (slug) => `http://${slug}.preview.localhost:8080`,
      maxProjectsPerUser: 3,
    });
    ada = await newMember('ada');
  });

  async function newMember(name: string): Promise<Principal> {
    const [organization] = await database.db
      .insert(organizations)
      .values({ name, slug: `${name}-${randomUUID().slice(0, 8)}` })
      .returning();
    const [user] = await database.db
      .insert(users)
      .values({ name, email: `${name}@example.com` })
      .returning();
    if (!organization || !user) throw new Error('insert returned no row');
    await database.db
      .insert(organizationMembers)
      .values({ organizationId: organization.id, userId: user.id, role: 'admin' });
    return {
      userId: user.id,
      userName: name,
      userEmail: user.email,
      organizationId: organization.id,
      role: 'admin',
      scope: 'admin',
      organizationName: 'Team',
      organizationSlug: 'team',
      via: { kind: 'login', id: randomUUID() },
    };
  }

  async function create(principal: Principal, name: string) {
    const { project } = await projects.create(principal, { name, dryRun: false }, CORRELATION);
    if (!project) throw new Error('nothing was created');
    return project;
  }

  it('get a slug, a preview address, a workspace and an audit entry', async () => {
    const project = await create(ada, 'Café guestbook');

    expect(project).toMatchObject({
      slug: 'cafe-guestbook',
      status: 'created',
      previewUrl: 'http://cafe-guestbook.preview.localhost:8080',
    });
    expect(created).toMatchObject([{ name: 'cafe-guestbook', projectId: project.id }]);
    expect(begun).toHaveLength(1);
    expect(await database.db.select().from(auditLog)).toMatchObject([
      { action: 'project.create', target: project.id, principal: `user:${ada.userId}` },
    ]);
    expect(published).toMatchObject([
      { topic: `organization:${ada.organizationId}`, event: { type: 'project.changed' } },
    ]);
  });

  it('with the same name get slugs of their own, also across organizations', async () => {
    const bea = await newMember('bea');

    const slugs = [
      await create(ada, 'Shop'),
      await create(ada, 'Shop'),
      await create(bea, 'Shop'),
    ].map((project) => project.slug);

    expect(slugs).toEqual(['shop', 'shop-2', 'shop-3']);
  });

  it('created at the same time never share a slug', async () => {
    const made = await Promise.all([create(ada, 'Same'), create(ada, 'Same'), create(ada, 'Same')]);

    expect(new Set(made.map((project) => project.slug)).size).toBe(3);
  });

  it('leave nothing behind when the workspace cannot be created', async () => {
    failCreation = true;

    await expect(create(ada, 'Shop')).rejects.toThrow('no room');

    expect((await projects.list(ada, { limit: 10 })).items).toEqual([]);
    expect(published).toEqual([]);
  });

  it('are planned without being created in a dry run', async () => {
    const input = {
      name: 'Tool',
      repositoryUrl: 'https://example.com/owner/tool.git',
      dryRun: true,
    };

    const { project, plan } = await projects.create(ada, input, CORRELATION);

    expect(project).toBeNull();
    expect(plan.steps.join('\n')).toContain('https://example.com/owner/tool.git');
    expect(created).toEqual([]);
  });

  it('are limited per person', async () => {
    const atOnce = await Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => create(ada, name)));

    const refused = { status: 'rejected', reason: { code: 'limit_reached' } };
    expect(atOnce.filter(({ status }) => status === 'rejected')).toMatchObject([refused]);
  });

  it('of another organization are not found, whatever is tried', async () => {
    const bea = await newMember('bea');
    const project = await create(ada, 'Private');
    const attempts = [project.id, project.slug].flatMap((handle) => [
      projects.find(bea.organizationId, handle),
      projects.update(bea, handle, { name: 'Mine' }),
      projects.remove(bea, { handle, confirmName: 'Private' }, CORRELATION),
      projects.builds(bea, handle, { limit: 10 }),
    ]);

    const outcomes = await Promise.allSettled(attempts);

    expect(outcomes).toMatchObject(
      attempts.map(() => ({ status: 'rejected', reason: { code: 'not_found' } })),
    );
    expect((await projects.list(bea, { limit: 10 })).items).toEqual([]);
  });

  it('are listed newest first, by page, each once', async () => {
    for (const name of ['one', 'two', 'three']) await create(ada, name);

    const first = await projects.list(ada, { limit: 2 });
    const second = await projects.list(ada, { limit: 2, cursor: first.nextCursor ?? undefined });

    expect([...first.items, ...second.items].map((project) => project.name)).toEqual([
      'three',
      'two',
      'one',
    ]);
    expect(second.nextCursor).toBeNull();
  });

  it.each(['%', '_', '\\', "' or 1=1 --"])('searched for %j match it literally', async (search) => {
    await create(ada, 'Shop');

    expect((await projects.list(ada, { limit: 10, search })).items).toEqual([]);
  });

  it.each(['x', 'bm90IGpzb24', Buffer.from('["2020-01-01",1]').toString('base64url')])(
    'refuse the cursor %s',
    async (cursor) => {
      await expect(projects.list(ada, { limit: 10, cursor })).rejects.toMatchObject({
        code: 'validation_failed',
      });
    },
  );

  it('are deleted only with their name, and then their code goes too', async () => {
    const project = await create(ada, 'Shop');
    const wrong = projects.remove(ada, { handle: project.slug, confirmName: 'shopp' }, CORRELATION);
    await expect(wrong).rejects.toMatchObject({ code: 'validation_failed' });

    await projects.remove(ada, { handle: project.slug, confirmName: 'Shop' }, CORRELATION);

    await vi.waitFor(async () =>
      expect(await database.db.select().from(projectsTable)).toEqual([]),
    );
    expect(removed).toEqual([project.id]);
    await expect(projects.find(ada.organizationId, project.id)).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(published.at(-1)?.event).toEqual({ type: 'project.deleted', projectId: project.id });
  });

  it('leave their name to nobody else, whose browsers may still run the old app', async () => {
    const bea = await newMember('bea');
    const project = await create(ada, 'Shop');
    await projects.remove(ada, { handle: project.slug, confirmName: 'Shop' }, CORRELATION);
    await vi.waitFor(async () =>
      expect(await database.db.select().from(projectsTable)).toEqual([]),
    );

    expect(await create(bea, 'Shop')).toMatchObject({ slug: 'shop-2' });
    expect(await create(ada, 'Shop')).toMatchObject({ slug: 'shop' });
  });

  it('are not deleted when that can’t be written down', async () => {
    const project = await create(ada, 'Shop');
    const asked = { handle: project.slug, confirmName: 'Shop' };

    await expect(
      withoutAudit(database.db, () => projects.remove(ada, asked, CORRELATION)),
    ).rejects.toThrow();

    expect(await projects.find(ada.organizationId, 'shop')).toMatchObject({ status: 'created' });
  });

  it('tell their organization when their app changes', async () => {
    const project = await create(ada, 'Shop');

    await projects.setStatus(project.id, { status: 'ready', template: 'node-web' });

    expect(published.at(-1)).toMatchObject({
      event: { type: 'project.changed', project: { status: 'ready', template: 'node-web' } },
    });
  });
});
