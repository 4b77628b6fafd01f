import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditLog, portSharing, projects, users, workspaces } from '@spt-flow/db/schema';
import type { LiveEvent } from '@spt-flow/shared/api/live';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { AgentSession, PresenceChange } from '../../src/features/agents/index.ts';
import { createPorts, registerPortRoutes, type Ports } from '../../src/features/ports/index.ts';
import { createPreviewTargets } from '../../src/features/previews/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import type { Principal } from '../../src/lib/principal.ts';
import { createHttpShell } from '../support/http-shell.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { seedTenant, seedWorkspace, type Tenant } from '../workspaces/seed.ts';

type AgentListener = Parameters<Parameters<typeof createPorts>[0]['onAgentEvent']>[0];

const newDatabase = useDatabases();
let db: TestDatabase['db'];
let app: FastifyInstance;
let ports: Ports;
let tenant: Tenant;
let workspace: Awaited<ReturnType<typeof seedWorkspace>>;
let slug: string;
let tell: AgentListener;
let present: (change: PresenceChange) => void;
let published: { topic: string; event: LiveEvent }[];
let forgotten: number;
let isOver = false;
let names: { port: number; label?: string }[];
let session: AgentSession;
const principals = new Map<string, Principal>();

beforeAll(async () => {
  ({ db } = await newDatabase());
  app = await createHttpShell(principals);
  ports = createPorts({
    db,
    onAgentEvent: (listener) => void (tell = listener),
    onPresence: (listener) => {
      present = listener;
      return () => undefined;
    },
    findWorkspace: async (organizationId, handle) => {
      const rows = await db.select().from(workspaces).where(eq(workspaces.id, handle));
      const row = rows.find((candidate) => candidate.organizationId === organizationId);
      if (!row) throw new AppError('not_found');
      return row;
    },
    namesOf: async () => names,
    previewUrl: (label) => `http://${label}.preview.localhost:8080`,
    audit: createAudit(db),
    publish: async (topic, event) => published.push({ topic, event }),
    onShared: () => (forgotten += 1),
    onError: (error) => {
      // Ports that change are announced a moment later, when the database may be closed.
      if (!isOver) throw error;
    },
  });
  registerPortRoutes(app, ports.service);
});
afterAll(async () => {
  isOver = true;
  await app.close();
});
beforeEach(async () => {
  tenant = await seedTenant(db);
  workspace = await seedWorkspace(db, tenant);
  const [project] = await db.select().from(projects).where(eq(projects.id, workspace.projectId));
  slug = project?.slug ?? '';
  [published, forgotten, names] = [[], 0, []];
  session = connected();
});
afterEach(() => principals.clear());

function connected(): AgentSession {
  return {
    ...{ sessionId: randomUUID(), agentId: randomUUID(), workspaceId: workspace.id },
    organizationId: tenant.organizationId,
    ...{ bootId: 'b', machineFingerprint: 'm', generation: 1 },
  };
}

function listen(...numbers: number[]): void {
  tell(session, {
    type: 'ports',
    isSupported: true,
    ports: numbers.map((port) => ({ port, families: ['ipv4'], pid: port, name: `node ${port}` })),
  });
}

interface Answer {
  data: { isSupported: boolean; items: Record<string, unknown>[] } & Record<string, unknown>;
  error: { code: string } | null;
}

async function call(
  method: 'GET' | 'PUT',
  path = '',
  options: { body?: object; as?: Partial<Principal> } = {},
) {
  const token = `token-${randomUUID()}`;
  principals.set(token, { ...tenant.principal, ...options.as });
  const response = await app.inject({
    method,
    url: `/api/v1/workspaces/${workspace.id}/ports${path}`,
    headers: { authorization: `Bearer ${token}` },
    ...(options.body && { payload: options.body }),
  });
  return { status: response.statusCode, ...response.json<Answer>() };
}

async function items() {
  return (await call('GET')).data.items;
}

describe('the ports of a workspace', () => {
  it('are those its agent told, with what they are called and who may open them', async () => {
    listen(3001, 5173);

    expect(await items()).toEqual([
      {
        port: 3001,
        process: { name: 'node 3001', pid: 3001 },
        isApp: true,
        sharing: 'organization',
        url: `http://${slug}.preview.localhost:8080`,
      },
      {
        port: 5173,
        process: { name: 'node 5173', pid: 5173 },
        isApp: false,
        sharing: 'private',
        url: `http://5173--${workspace.hostLabel}.preview.localhost:8080`,
      },
    ]);
  });

  it('are called what the project calls them, whether anything listens there or not', async () => {
    names = [{ port: 5000, label: 'Shop' }, { port: 5001 }];

    const { items } = await ports.service.list(tenant.principal, workspace.id);

    expect(items).toEqual([
      expect.objectContaining({ port: 5000, label: 'Shop', process: null }),
      expect.not.objectContaining({ label: expect.anything() }),
    ]);
  });

  it('are gone when its agent is, and not before its last connection is', async () => {
    listen(5173);
    const before = session;
    session = connected();
    listen(5174);

    present({ session: before, online: false, reason: 'replaced' });
    expect((await items()).map(({ port }) => port)).toEqual([5174]);
    present({ session, online: false, reason: 'lost' });

    expect(await items()).toEqual([]);
  });

  it('are told to everybody in the organization when they change', async () => {
    listen(5173);
    listen(5173, 5174);

    await expect.poll(() => published.length).toBeGreaterThan(0);
    await expect
      .poll(() => published.at(-1))
      .toMatchObject({
        topic: `organization:${tenant.organizationId}`,
        event: {
          type: 'ports.changed',
          workspaceId: workspace.id,
          ports: { items: [{ port: 5173 }, { port: 5174 }] },
        },
      });
  });

  it('say when the workspace can’t tell', async () => {
    tell(session, { type: 'ports', isSupported: false, ports: [] });

    expect((await call('GET')).data).toMatchObject({
      isSupported: false,
      items: [],
      app: { isApp: true, process: null, sharing: 'organization' },
    });
  });

  it('are not found by another organization', async () => {
    const stranger = await seedTenant(db);

    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PUT', '/5173', { sharing: 'public' }],
    ] as const) {
      const answer = await call(method, path, { as: stranger.principal, ...(body && { body }) });
      expect(answer).toMatchObject({ status: 404, error: { code: 'not_found' } });
    }
  });
});

describe('sharing a port', () => {
  it('is remembered while nothing listens, and taken back without a trace', async () => {
    const shared = await call('PUT', '/5173', { body: { sharing: 'public' } });
    expect(shared.data).toMatchObject({ port: 5173, sharing: 'public', process: null });
    expect(await items()).toMatchObject([{ port: 5173, sharing: 'public' }]);

    await call('PUT', '/5173', { body: { sharing: 'private' } });

    expect(await items()).toEqual([]);
  });

  it('decides at once about the preview, and is told and audited', async () => {
    const targets = createPreviewTargets(db);
    const label = { kind: 'port', port: 5173, workspace: workspace.hostLabel } as const;
    expect((await targets.byLabel(label))?.sharing).toBe('private');

    await call('PUT', '/5173', { body: { sharing: 'organization' } });

    expect((await targets.byLabel(label))?.sharing).toBe('organization');
    expect(forgotten).toBe(1);
    expect(published.at(-1)?.event).toMatchObject({ ports: { items: [{ port: 5173 }] } });
    const rows = await db
      .select()
      .from(auditLog)
      .where(eq(auditLog.target, `workspace:${workspace.id}`));
    expect(rows).toMatchObject([
      { action: 'port.share', detail: { port: 5173, sharing: 'organization' } },
    ]);
  });

  it('of the app holds for the project, at both of its addresses and after its port changed', async () => {
    const targets = createPreviewTargets(db);

    await call('PUT', '/3001', { body: { sharing: 'public' } });
    await db.update(workspaces).set({ appPort: 3002 }).where(eq(workspaces.id, workspace.id));

    expect(await targets.byLabel({ kind: 'app', slug })).toMatchObject({
      port: 3002,
      isApp: true,
      sharing: 'public',
    });
    const { hostLabel } = workspace;
    expect(await targets.byLabel({ kind: 'port', port: 3002, workspace: hostLabel })).toMatchObject(
      {
        isApp: true,
        sharing: 'public',
      },
    );
    expect(await targets.byLabel({ kind: 'port', port: 3001, workspace: hostLabel })).toMatchObject(
      {
        isApp: false,
        sharing: 'private',
      },
    );
  });

  it.each<[string, Partial<Principal>, string]>([
    ['a colleague', { userId: randomUUID() }, 'not_permitted'],
    ['a reader', { scope: 'read', role: 'readonly' }, 'scope_missing'],
    [
      'an admin’s token that may write only',
      { userId: randomUUID(), role: 'admin', scope: 'write' },
      'not_permitted',
    ],
  ])('is not for %s', async (_name, as, code) => {
    if (as.userId)
      await db.insert(users).values({ id: as.userId, name: 'C', email: `${as.userId}@c.c` });
    const via = { kind: 'token', id: 't' } as const;

    const answer = await call('PUT', '/5173', { body: { sharing: 'public' }, as: { ...as, via } });

    expect(answer).toMatchObject({ status: 403, error: { code } });
    expect(await items()).toEqual([]);
  });

  it('is for admins too', async () => {
    const as = { userId: randomUUID(), role: 'admin', scope: 'admin' } as const;

    expect((await call('PUT', '/5173', { body: { sharing: 'public' }, as })).status).toBe(200);
  });

  it.each([
    ['/0', { sharing: 'public' }],
    ['/65536', { sharing: 'public' }],
    ['/http', { sharing: 'public' }],
    ['/5173', { sharing: 'everybody' }],
    ['/5173', {}],
  ])('refuses PUT %s %j', async (path, body) => {
    expect(await call('PUT', path, { body })).toMatchObject({
      status: 400,
      error: { code: 'validation_failed' },
    });
  });

  it('has a limit', async () => {
    const row = { organizationId: tenant.organizationId, workspaceId: workspace.id };
    await db.insert(portSharing).values(
      Array.from({ length: 200 }, (_, index) => ({
        ...{ ...row, port: 10_000 + index },
        sharing: 'public' as const,
      })),
    );

    expect(await call('PUT', '/20000', { body: { sharing: 'public' } })).toMatchObject({
      error: { code: 'limit_reached' },
    });
    expect((await call('PUT', '/10000', { body: { sharing: 'organization' } })).status).toBe(200);
  });
});
