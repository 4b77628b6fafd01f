import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import type { PgInsertValue } from 'drizzle-orm/pg-core';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { builds, organizationMembers, projects as projectRows } from '@spt-flow/db/schema';
import { projectRoutes } from '@spt-flow/shared/api/projects';
import type { Workspace } from '@spt-flow/shared/api/workspaces';
import {
  createProjectsRepository,
  createProjectsService,
  registerProjectsRoutes,
} from '../../src/features/projects/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createAuthApp } from '../support/auth-app.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { seedProject, seedTenant } from '../workspaces/seed.ts';
import { NO_HOSTS } from '../support/no-hosts.ts';

const PERSON = { email: 'ada@example.com', name: 'Ada', password: 'correct horse battery' };
const ReplySchema = z.object({
  data: z.unknown(),
  error: z.object({ code: z.string() }).nullable(),
});

describe('projects over HTTP', () => {
  const newDatabase = useDatabases();
  let database: TestDatabase;
  let app: FastifyInstance;
  let origin: string;
  let cookie: string;
  let ada: { organizationId: string; userId: string };
  let workspace: Workspace | null;
  let answering: Set<string>;
  let projects: ReturnType<typeof createProjects>;

  beforeEach(async () => {
    database = await newDatabase();
    workspace = null;
    answering = new Set();
    const shell = await createAuthApp(database.db, systemClock);
    app = shell.app;
    projects = createProjects();
    registerProjectsRoutes(app, {
      projects,
      isAnswering: async (projectId) => answering.has(projectId),
    });
    origin = await app.listen({ port: 0, host: '127.0.0.1' });
    const payload = { token: await shell.auth.prepareSetup(), ...PERSON };
    const response = await app.inject({ method: 'POST', url: '/api/v1/setup', payload });
    cookie = `spt_flow_session=${response.cookies[0]?.value}`;
    const [member] = await database.db.select().from(organizationMembers);
    if (!member) throw new Error('nobody was set up');
    ada = member;
  });

  afterEach(() => app.close());

  function createProjects() {
    return createProjectsService({
      repository: createProjectsRepository(database.db),
      workspaces: {
        create: async () => ({ id: randomUUID() }),
        claim: async () => undefined,
        begin: async () => undefined,
        ofProject: async () => workspace,
        remove: async () => ({ gone: Promise.resolve() }),
        async removeLeft() {
          workspace = null;
          return { gone: Promise.resolve() };
        },
        choosePlace: async () => undefined,
        findHost: NO_HOSTS.find,
        assertRemovable: async () => undefined,
        plan: () => [],
      },
      chooseTemplate: () => Promise.reject(new Error('no template is chosen here')),
      audit: createAudit(database.db),
      removeRepository: async () => undefined,
      onError: (error) => {
        throw error;
      },
      publish: async () => undefined,
      previewUrl: (slug) => `http://${slug}.preview.localhost:8080`,
      maxProjectsPerUser: 3,
    });
  }

  async function newProject(status: typeof projectRows.$inferSelect.status, owner = ada) {
    const [row] = await database.db
      .update(projectRows)
      .set({ status })
      .where(eq(projectRows.id, await seedProject(database.db, owner)))
      .returning();
    if (!row) throw new Error('no project was seeded');
    return row;
  }

  async function newBuild(projectId: string, values: Partial<PgInsertValue<typeof builds>> = {}) {
    const { organizationId } = ada;
    await database.db
      .insert(builds)
      .values({ projectId, organizationId, status: 'success', ...values });
  }

  async function get(path: string, headers: Record<string, string> = { cookie }) {
    const response = await fetch(`${origin}/api/v1${path}`, { headers });
    const { data, error } = ReplySchema.parse(await response.json());
    return { status: response.status, data, code: error?.code };
  }

  const readBuilds = async (path: string) =>
    projectRoutes.builds.response.parse((await get(path)).data);

  it('list the builds of a project, newest first, with what each came to', async () => {
    const { id, slug } = await newProject('ready');
    const [startedAt, finishedAt] = ['2026-01-02T10:00:00.000Z', '2026-01-02T10:00:05.000Z'];
    await newBuild(id, {
      commit: 'a'.repeat(40),
      createdAt: new Date(startedAt),
      startedAt: new Date(startedAt),
      finishedAt: new Date(finishedAt),
    });
    const failed = { stage: 'start', errorMessage: 'Port is taken', logs: 'failed: start\n' };
    await newBuild(id, { status: 'failed', ...failed });

    const { items, nextCursor } = await readBuilds(`/projects/${slug}/builds`);

    expect(items).toMatchObject([
      { status: 'failed', ...failed, commit: null },
      { status: 'success', commit: 'a'.repeat(40), startedAt, finishedAt, createdAt: startedAt },
    ]);
    expect(nextCursor).toBeNull();
  });

  it('page through builds of one millisecond without losing any', async () => {
    const { id } = await newProject('ready');
    for (const microseconds of ['100', '300', '200', '500', '400']) {
      const at = `2026-01-02T10:00:00.123${microseconds}Z`;
      await newBuild(id, { createdAt: sql`${at}::timestamptz` });
    }

    const seen: string[] = [];
    let path = `/projects/${id}/builds?limit=2`;
    for (;;) {
      const { items, nextCursor } = await readBuilds(path);
      seen.push(...items.map((build) => build.id));
      if (nextCursor === null) break;
      path = `/projects/${id}/builds?limit=2&cursor=${nextCursor}`;
    }

    expect(seen).toHaveLength(5);
    expect(new Set(seen).size).toBe(5);
  });

  it('that were being deleted when spt-flow ended are deleted with their machines by the next start', async () => {
    const { id } = await newProject('archived');
    workspace = runningWorkspace();

    await projects.purgeArchived();

    await vi.waitFor(
      async () => {
        const left = await database.db.select().from(projectRows).where(eq(projectRows.id, id));
        expect(left).toEqual([]);
      },
      { timeout: 20_000 },
    );
    expect(workspace).toBeNull();
  });

  it('tell the status of a project with and without a workspace', async () => {
    const { slug } = await newProject('generating');
    const without = await get(`/projects/${slug}/status`);
    workspace = runningWorkspace();
    const running = await get(`/projects/${slug}/status`);

    const previewUrl = `http://${slug}.preview.localhost:8080`;
    expect(without.data).toEqual({
      status: 'generating',
      workspaceState: null,
      agentOnline: false,
      previewUrl,
    });
    expect(running.data).toEqual({
      status: 'generating',
      workspaceState: 'running',
      agentOnline: true,
      previewUrl,
    });
  });

  it('tell which apps are deployed, at which commit, and whether they answer', async () => {
    const shop = await newProject('ready');
    const blog = await newProject('deployed');
    await newProject('generating');
    await newBuild(shop.id, { commit: 'old', createdAt: new Date('2026-01-01') });
    await newBuild(shop.id, { commit: 'new', createdAt: new Date('2026-01-02') });
    await newBuild(shop.id, { commit: 'bad', status: 'failed' });
    answering.add(shop.id);

    const statuses = async (query = '') =>
      projectRoutes.deployStatus.response.parse((await get(`/deploy-status${query}`)).data).items;

    expect(await statuses(`?project=${blog.slug}`)).toMatchObject([{ projectId: blog.id }]);
    const items = await statuses();
    expect(items.toSorted((left) => (left.projectId === shop.id ? -1 : 1))).toEqual([
      {
        projectId: shop.id,
        slug: shop.slug,
        status: 'ready',
        commit: 'new',
        previewUrl: `http://${shop.slug}.preview.localhost:8080`,
        answering: true,
      },
      {
        projectId: blog.id,
        slug: blog.slug,
        status: 'deployed',
        commit: null,
        previewUrl: `http://${blog.slug}.preview.localhost:8080`,
        answering: false,
      },
    ]);
  });

  it('show nothing of another organization', async () => {
    const { slug, id } = await newProject('ready', await seedTenant(database.db));

    for (const handle of [slug, id]) {
      expect(await get(`/projects/${handle}/builds`)).toMatchObject({ code: 'not_found' });
      expect(await get(`/projects/${handle}/status`)).toMatchObject({ code: 'not_found' });
    }
    expect((await get('/deploy-status')).data).toEqual({ items: [] });
  });

  it.each(['/projects/shop/builds', '/projects/shop/status', '/deploy-status'])(
    'answer %s to members only',
    async (path) => {
      expect(await get(path, {})).toMatchObject({ status: 401, code: 'not_authenticated' });
    },
  );

  it.each(['limit=0', 'limit=many', 'cursor=x'])('refuse builds with %s', async (query) => {
    const { slug } = await newProject('ready');

    expect(await get(`/projects/${slug}/builds?${query}`)).toMatchObject({
      status: 400,
      code: 'validation_failed',
    });
  });
});

function runningWorkspace(): Workspace {
  const at = '2026-01-02T10:00:00.000Z';
  return {
    ...{ id: randomUUID(), projectId: randomUUID(), name: 'shop', provider: 'local' },
    ...{ desiredState: 'running', actualState: 'running', stateSince: at, failure: null },
    agent: {
      online: true,
      lastSeenAt: at,
      version: '0.1.0',
      rssBytes: 1,
      address: null,
      quarantined: false,
    },
    ...{
      ownerId: randomUUID(),
      ownerName: 'Ada',
      costPerHour: null,
      stopWarning: null,
      host: null,
      disk: null,
      dormancy: null,
      warnings: [],
      template: null,
      createdAt: at,
    },
  };
}
