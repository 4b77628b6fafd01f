import type { FastifyInstance, FastifyRequest } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditExportEndSchema, type AuditEntry } from '@spt-flow/shared/api/audit';
import { AppError } from '@spt-flow/shared/domain/errors';
import { checkChain, type SealedRecord } from '@spt-flow/shared/domain/audit-chain';
import { hashText } from '../../src/features/audit/audit-chain.ts';
import { registerAuditRoutes } from '../../src/features/audit/index.ts';
import type { Principal } from '../../src/lib/principal.ts';
import { auditPlugin } from '../../src/plugins/audit.ts';
import { createHttpShell } from '../support/http-shell.ts';
import { withoutAudit } from '../support/refused-audit.ts';
import { useAuditStage } from './audit-stage.ts';

const ADMIN = 'the-token-of-the-admin';
const DEVELOPER = 'the-token-of-the-developer';
const STRANGER = 'the-token-of-the-stranger';

const stage = useAuditStage();
let app: FastifyInstance;
let organizationId: string;

beforeAll(async () => {
  const [{ audit, service }] = stage.replicas;
  const tenant = await stage.tenant();
  ({ organizationId } = tenant);
  const principals = new Map<string, Principal>([
    [ADMIN, tenant.admin],
    [DEVELOPER, tenant.principal],
    [STRANGER, (await stage.tenant()).admin],
  ]);
  app = await createHttpShell(principals);
  await app.register(auditPlugin, { audit });
  registerAuditRoutes(app, service);
  app.post('/things', { schema: { summary: 'Make a thing' } }, async (request) => {
    await request.authenticate();
    return {};
  });
  app.post('/told', async (request) => {
    await request.authenticate();
    await audit.record(stage.entryOf(tenant, { password: 'hunter2', url: 'https://a:b@c' }));
    return {};
  });
  app.post('/looks', { config: { unaudited: 'only looks' } }, async (request) => {
    await request.authenticate();
    return {};
  });
  const first = {
    config: { auditedFirst: true as const },
    preParsing: async (request: FastifyRequest) => {
      await request.authenticate();
    },
  };
  app.post('/first', first, async () => {
    const [entry] = (await service.list(tenant.admin, { of: 'organization', limit: 1 })).items;
    if (entry?.target === 'POST /first') throw new AppError('conflict');
    return {};
  });
  app.delete('/things', async (request) => {
    await request.authenticate();
    throw new AppError('not_permitted');
  });
});
afterAll(() => app.close());

function ask(method: 'GET' | 'POST' | 'DELETE', url: string, as = ADMIN) {
  const headers = { authorization: `Bearer ${as}`, 'user-agent': '=cmd|calc' };
  return app.inject({ method, url, headers, ...(method === 'POST' && { payload: { a: 1 } }) });
}

async function list(query = ''): Promise<AuditEntry[]> {
  const answer = await ask('GET', `/api/v1/audit?${query}`);
  return answer.json<{ data: { items: AuditEntry[] } }>().data.items;
}

/** What an entry has before it is sealed, which happens meanwhile. */
function unsealed({ sequence: _, previousHash: _before, hash: _hash, ...entry }: AuditEntry) {
  return entry;
}

describe('a request that may change something', () => {
  it('leaves the entry of its feature, or else one of its own', async () => {
    await ask('POST', '/things?token=x');
    await ask('POST', '/told');
    await ask('POST', '/looks');
    await ask('DELETE', '/things');
    await ask('GET', '/things');

    const from = { address: '127.0.0.1', userAgent: '=cmd|calc', principalName: 'Dana Developer' };
    expect((await list()).map(({ id: _, ...entry }) => entry)).toMatchObject([
      { ...from, action: 'api.call', target: 'DELETE /things', result: 'refused' },
      {
        ...{ ...from, action: 'workspace.stop', result: 'done' },
        detail: { password: '[hidden]', url: 'https://a:[hidden]@c' },
      },
      {
        ...{ ...from, action: 'api.call', target: 'POST /things', result: 'done' },
        detail: { status: 200, summary: 'Make a thing' },
      },
    ]);
  });

  it('is told what is wrong where no entry can be written, and no statement', async () => {
    const answers = await withoutAudit(
      stage.db,
      async () => [await ask('POST', '/things'), await ask('DELETE', '/things')],
      '53100',
    );

    expect(answers.map((answer): unknown => answer.json())).toMatchObject([
      { error: { code: 'disk_full' } },
      { error: { code: 'not_permitted' } },
    ]);
  });
});

describe('the audit log', () => {
  it('is found by who, what, to what and with what result, page by page', async () => {
    const [entry] = await list('action=workspace');
    expect(entry?.action).toBe('workspace.stop');
    expect(await list('action=work')).toEqual([]);
    const found = await list('subject=somewhere&result=done&actor=user');
    expect(found.map(unsealed)).toEqual([entry && unsealed(entry)]);
    expect(await list(`since=${entry?.at}&until=${entry?.at}`)).toEqual([]);
    const first = await ask('GET', '/api/v1/audit?limit=1');
    const { nextCursor } = first.json<{ data: { nextCursor: string } }>().data;
    const second = await list(`limit=1&cursor=${nextCursor}`);
    expect(second.map(unsealed)).toEqual([entry && unsealed(entry)]);
  });

  it('is for admins of the organization only', async () => {
    for (const path of ['', '/verification', '/export'])
      expect((await ask('GET', `/api/v1/audit${path}`, DEVELOPER)).statusCode).toBe(403);
    const others = await ask('GET', '/api/v1/audit/export', STRANGER);
    expect(others.body).not.toContain(organizationId);
  });

  it('of the installation is for admins of its first organization', async () => {
    const [{ audit }] = stage.replicas;
    await audit.record({
      ...{ organizationId: null, principal: 'system', action: 'installation.raise_epoch' },
      ...{ target: 'this one', correlationId: 'a-correlation', detail: { epoch: 7 } },
    });

    expect((await list('of=installation')).map(({ action }) => action)).toEqual([
      'installation.raise_epoch',
    ]);
    const proof = await ask('GET', '/api/v1/audit/verification?of=installation');
    expect(proof.json()).toMatchObject({ data: { isIntact: true, entryCount: 1 } });
    const file = await ask('GET', '/api/v1/audit/export?of=installation');
    expect(file.body).toContain('"isFiltered":false');
    expect(file.body).not.toContain(organizationId);
    for (const path of ['', '/verification', '/export']) {
      const asked = await ask('GET', `/api/v1/audit${path}?of=installation`, STRANGER);
      expect(asked.statusCode).toBe(403);
    }
  });

  it('is exported with all that it takes to check it', async () => {
    const file = await ask('GET', '/api/v1/audit/export');
    const lines = file.body.trimEnd().split('\n');
    const { head, publicKey, isFiltered } = AuditExportEndSchema.parse(
      JSON.parse(lines.pop() ?? ''),
    );
    const entries = lines.map((line) => JSON.parse(line) as SealedRecord);

    const check = checkChain(hashText);
    for (const entry of entries) expect(check.next(entry)).toBeUndefined();
    expect(check.sequence).toBe(head?.sequence);
    expect(isFiltered).toBe(false);
    const verified = await ask('GET', '/api/v1/audit/verification');
    expect(verified.json().data).toMatchObject({ isIntact: true, publicKey });
    // Who took it away is in it.
    expect(entries.at(-1)).toMatchObject({ action: 'audit.export' });
  });

  it('is exported as a table that runs no formula', async () => {
    const file = await ask('GET', '/api/v1/audit/export?format=csv&action=workspace');

    const [names, row] = file.body.split('\r\n');
    expect(names).toMatch(/^"sequence","at","principal",/);
    expect(row).toContain(`,"'=cmd|calc",`);
    expect(row).toMatch(/"\{""url"":""https:.*\}"$/);
  });
});

describe('a request that no feature records', () => {
  it('is recorded before its work begins, and again where that failed', async () => {
    expect((await ask('POST', '/first')).statusCode).toBe(409);

    expect((await list('limit=2')).map(({ id: _, ...entry }) => entry)).toMatchObject([
      { target: 'POST /first', result: 'failed', detail: { status: 409 } },
      { target: 'POST /first', result: 'done', detail: {}, address: '127.0.0.1' },
    ]);
  });
});
