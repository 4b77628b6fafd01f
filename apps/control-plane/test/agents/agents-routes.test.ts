import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { workspaces } from '@spt-flow/db/schema';
import { AppError } from '@spt-flow/shared/domain/errors';
import { and, eq } from 'drizzle-orm';
import { registerAgentRoutes } from '../../src/features/agents/index.ts';
import type { Principal } from '../../src/lib/principal.ts';
import { createHttpShell } from '../support/http-shell.ts';
import { seedTenant, seedWorkspace } from '../workspaces/seed.ts';
import { useIdentityStage } from './identity-stage.ts';
import { joinAgent, newMachine, newTestAgent } from './test-agent.ts';

const stage = useIdentityStage();
const principals = new Map<string, Principal>();
let app: FastifyInstance;

beforeEach(async () => {
  app = await createHttpShell(principals);
  registerAgentRoutes(app, { agents: stage.server.agents.service, findWorkspace });
});
afterEach(() => app.close());

async function findWorkspace(organizationId: string, handle: string) {
  const [found] = await stage.database.db
    .select()
    .from(workspaces)
    .where(and(eq(workspaces.organizationId, organizationId), eq(workspaces.name, handle)));
  if (!found) throw new AppError('not_found');
  return found;
}

interface Call {
  readonly body?: object;
  readonly as?: Partial<Principal>;
}

async function call(method: 'GET' | 'PATCH' | 'POST', path: string, { body, as }: Call = {}) {
  const token = randomUUID();
  principals.set(token, { ...stage.tenant.principal, role: 'admin', scope: 'admin', ...as });
  const response = await app.inject({
    method,
    url: `/api/v1${path}`,
    headers: { authorization: `Bearer ${token}` },
    ...(body && { payload: body }),
  });
  const { data, error } = response.json<{
    data: Record<string, unknown> | null;
    error: { code: string } | null;
  }>();
  return { status: response.statusCode, data, code: error?.code };
}

function ofAgent(action = ''): string {
  return `/workspaces/${stage.workspace.name}/agent${action}`;
}

const CHANGES = [
  ['PATCH', '', { clonePolicy: 'replace' }],
  ['POST', '/quarantine', { decision: 'release' }],
  ['POST', '/re-enrol', undefined],
  ['POST', '/fork', { workspace: 'other' }],
] as const;

describe('the identity of an agent over HTTP', () => {
  it('is shown, without its key', async () => {
    const agent = await stage.joined();

    const { data } = await call('GET', ofAgent(), { as: { role: 'readonly', scope: 'read' } });

    expect(data).toMatchObject({
      id: agent.state?.agentId,
      keyId: agent.key.keyId,
      channelBinding: 'none',
      clonePolicy: 'reject',
      quarantine: null,
    });
    expect(JSON.stringify(data)).not.toContain(agent.key.publicKeySpki);
  });

  it('is for admins to change, and of no other organization', async () => {
    await stage.joined();
    const stranger = (await seedTenant(stage.database.db)).principal;
    const { organizationId } = stranger;
    const before = await stage.row();

    for (const [method, action, body] of CHANGES) {
      const options = body && { body };
      const byDeveloper = { ...options, as: { role: 'developer', scope: 'write' } } as const;
      expect((await call(method, ofAgent(action), byDeveloper)).status).toBe(403);
      const byStranger = { ...options, as: { organizationId } };
      expect((await call(method, ofAgent(action), byStranger)).status).toBe(404);
    }
    const revocation = { kind: 'agent', id: before.id };
    const revoking = { body: revocation, as: { organizationId } };
    expect((await call('POST', '/agent-revocations', revoking)).status).toBe(404);
    expect(await stage.row()).toEqual(before);
  });

  it('is revoked, and another agent joins in its place', async () => {
    const agent = await stage.joined();

    const { data } = await call('POST', ofAgent('/re-enrol'));

    await stage.online(false);
    await expect(joinAgent(stage.server, agent)).rejects.toMatchObject({ code: 'refused' });
    expect(data).toMatchObject({ channelBinding: 'none', serverKey: stage.server.serverKey });
    await joinAgent(stage.server, newTestAgent(), { token: String(data?.['token']) });
    await stage.online(true);
  });

  it('is that of another workspace for a copy of its machine', async () => {
    const agent = await stage.joined();
    const other = await seedWorkspace(stage.database.db, stage.tenant);

    const { data } = await call('POST', ofAgent('/fork'), { body: { workspace: other.name } });
    const copy = { ...newTestAgent(), machine: newMachine() };
    await joinAgent(stage.server, copy, { mode: 'fork', token: String(data?.['token']) });

    await vi.waitFor(() => expect(stage.server.agents.hub.isOnline(other.id)).toBe(true));
    expect(copy.state?.agentId).not.toBe(agent.state?.agentId);
    await stage.online(true);
  });

  it('has its key changed, its copies judged by a policy, and its right ended', async () => {
    const agent = await stage.joined();

    expect((await call('POST', ofAgent('/rotate-key'))).data).toMatchObject({
      keyId: agent.key.keyId,
    });
    const body = { clonePolicy: 'fork' };
    expect((await call('PATCH', ofAgent(), { body })).data).toMatchObject(body);
    expect(
      (await call('POST', ofAgent('/quarantine'), { body: { decision: 'release' } })).code,
    ).toBe('conflict');
    const revocation = { kind: 'workspace', id: stage.workspace.id };
    expect((await call('POST', '/agent-revocations', { body: revocation })).data).toEqual({
      agents: 1,
      tokens: 1,
    });
    await stage.online(false);
    expect((await call('GET', ofAgent())).code).toBe('not_found');
  });
});
