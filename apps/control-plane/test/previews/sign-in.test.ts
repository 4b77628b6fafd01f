import type { FastifyInstance } from 'fastify';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditLog, previewSessions } from '@spt-flow/db/schema';
import {
  challengeOf,
  createPreviewSessions,
  createPreviewSessionsRepository,
  newSecret,
  type PreviewSessions,
} from '../../src/features/auth/index.ts';
import { registerPreviewRoutes } from '../../src/features/previews/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createAuthApp, OWN_ORIGIN } from '../support/auth-app.ts';
import { useDatabases } from '../support/database.ts';

const PERSON = { email: 'ada@example.com', name: 'Ada', password: 'correct horse battery' };
const SIGN_IN = '/api/v1/previews/sign-in';
const newDatabase = useDatabases();

let database: Awaited<ReturnType<typeof newDatabase>>;
let app: FastifyInstance;
let built: Awaited<ReturnType<typeof createAuthApp>>;
let sessions: PreviewSessions;
let cookie: string;
let secret: string;

beforeAll(async () => {
  database = await newDatabase();
  built = await createAuthApp(database.db, systemClock);
  app = built.app;
  sessions = createPreviewSessions({
    repository: createPreviewSessionsRepository(database.db),
    audit: createAudit(database.db),
  });
  registerPreviewRoutes(app, {
    sessions,
    previewUrl: (label) => `http://${label}.preview.localhost:8080`,
  });
  cookie = await cookieOf('/api/v1/setup', { token: await built.auth.prepareSetup(), ...PERSON });
});
beforeEach(() => {
  secret = newSecret();
});
afterAll(() => app.close());

async function cookieOf(url: string, payload: object): Promise<string> {
  const response = await app.inject({ method: 'POST', url, payload });
  return `${response.cookies[0]?.name}=${response.cookies[0]?.value}`;
}

function ask(payload: object = {}, headers: Record<string, string> = { cookie }) {
  return app.inject({
    method: 'POST',
    url: SIGN_IN,
    headers: { origin: OWN_ORIGIN, ...headers },
    payload: { label: 'cafe', challenge: challengeOf(secret), ...payload },
  });
}

async function newCode(from = cookie): Promise<string> {
  const { data } = (await ask({}, { cookie: from })).json<{ data: { url: string } }>();
  return new URL(data.url).searchParams.get('code') ?? '';
}

function redeem(input: { code: string; label?: string; secret?: string }) {
  return sessions.redeem({ label: 'cafe', secret, ...input }, 'test');
}

async function visitorOf(token: string | undefined, label = 'cafe') {
  return built.credentials.byPreview(token ?? '', label);
}

describe('a code for the host of a preview', () => {
  it('becomes a session of that host, of who was signed in', async () => {
    const answer = (await ask({ path: '/a?b' })).json<{ data: { url: string } }>();
    const url = new URL(answer.data.url);
    expect(url.origin + url.pathname).toBe('http://cafe.preview.localhost:8080/.spt-flow/session');
    expect(url.searchParams.get('path')).toBe('/a?b');

    const token = await redeem({ code: url.searchParams.get('code') ?? '' });

    expect(await visitorOf(token)).toMatchObject({ role: 'admin' });
    expect(await visitorOf(token, 'shop')).toBeUndefined();
    const actions = await database.db.select({ action: auditLog.action }).from(auditLog);
    expect(actions).toContainEqual({ action: 'preview.sign-in' });
  });

  it('works once, also for two who come at the same moment', async () => {
    const code = await newCode();

    const tokens = await Promise.all([redeem({ code }), redeem({ code })]);

    expect(tokens.filter((token) => token !== undefined)).toHaveLength(1);
    expect(await redeem({ code })).toBeUndefined();
  });

  it.each([
    ['another browser', { secret: newSecret() }],
    ['the host of another preview', { label: 'shop' }],
    ['another code', { code: 'sptf_code_guessed' }],
  ])('opens nothing for %s, and still works for its own', async (_name, other) => {
    const code = await newCode();

    expect(await redeem({ code, ...other })).toBeUndefined();
    expect(await redeem({ code })).toBeDefined();
  });

  it('opens nothing after a minute', async () => {
    const code = await newCode();
    await database.db.execute(
      sql`update preview_sessions set code_expires_at = now() - interval '1 second'`,
    );

    expect(await redeem({ code })).toBeUndefined();
  });

  it('is stored so that the row opens nothing', async () => {
    const code = await newCode();
    const token = await redeem({ code });

    const rows = JSON.stringify(await database.db.select().from(previewSessions));
    for (const value of [code, token ?? '', secret]) expect(rows).not.toContain(value);
  });
});

describe('a session of a preview’s host', () => {
  it('ends with the login that it came from, at once', async () => {
    const { email, password } = PERSON;
    const login = await cookieOf('/api/v1/auth/login', { email, password });
    const token = await redeem({ code: await newCode(login) });
    expect(await visitorOf(token)).toBeDefined();

    const headers = { cookie: login, origin: OWN_ORIGIN };
    await app.inject({ method: 'POST', url: '/api/v1/auth/logout', headers });

    expect(await visitorOf(token)).toBeUndefined();
  });

  it('opens nothing of the API', async () => {
    const token = (await redeem({ code: await newCode() })) ?? '';

    for (const headers of [
      { cookie: `spt_flow_session=${token}` },
      { authorization: `Bearer ${token}` },
    ]) {
      const answer = await app.inject({ method: 'GET', url: '/api/v1/auth/me', headers });
      expect(answer.statusCode).toBe(401);
    }
  });

  it('ends after a week', async () => {
    const token = await redeem({ code: await newCode() });
    await database.db.execute(
      sql`update preview_sessions set created_at = now() - interval '8 days'`,
    );

    expect(await visitorOf(token)).toBeUndefined();
  });
});

describe('handing a sign-in over', () => {
  it.each([
    ['another site', { origin: 'https://evil.example' }],
    ['no page of ours', { origin: '' }],
  ])('is refused to %s', async (_name, headers) => {
    expect((await ask({}, { cookie, ...headers })).statusCode).toBe(403);
  });

  it.each([
    [{ label: 'a.b' }],
    [{ label: 'evil.example/' }],
    [{ label: '' }],
    [{ challenge: 'short' }],
    [{ path: 'https://evil.example' }],
  ])('refuses %j', async (payload) => {
    expect((await ask(payload)).statusCode).toBe(400);
  });

  it.each(['99999--cafe', '0--cafe', '--'])('knows no preview called %s', async (label) => {
    expect((await ask({ label })).statusCode).toBe(404);
  });

  it('keeps the browser at the host, whatever path it names', async () => {
    const { data } = (await ask({ path: '//evil.example' })).json<{ data: { url: string } }>();

    expect(new URL(data.url).searchParams.get('path')).toBe('/');
  });

  it('is nothing for programs with a token', async () => {
    const created = await app.inject({
      method: 'POST',
      url: '/api/v1/tokens',
      headers: { cookie, origin: OWN_ORIGIN },
      payload: { name: 'program', scope: 'admin' },
    });
    const { token } = created.json<{ data: { token: string } }>().data;

    expect((await ask({}, { authorization: `Bearer ${token}` })).json()).toMatchObject({
      error: { code: 'not_permitted' },
    });
  });

  function pass(headers: Record<string, string>, change: Record<string, string> = {}) {
    const query = { label: 'cafe', challenge: challengeOf(secret), path: '/a', ...change };
    const url = `${SIGN_IN}?${new URLSearchParams(query).toString()}`;
    return app.inject({ method: 'GET', url, headers });
  }

  it('sends a browser that is signed in on with a code', async () => {
    const answer = await pass({ cookie });

    expect(answer.statusCode).toBe(303);
    const url = new URL(answer.headers.location ?? '');
    expect(url.host).toBe('cafe.preview.localhost:8080');
    expect(await redeem({ code: url.searchParams.get('code') ?? '' })).toBeDefined();
    expect(answer.headers['referrer-policy']).toBe('no-referrer');
  });

  it('sends a browser that is not signed in to the sign-in, and from there back', async () => {
    const answer = await pass({});

    expect(answer.statusCode).toBe(303);
    const login = new URL(answer.headers.location ?? '', OWN_ORIGIN);
    expect(login.pathname).toBe('/login');
    const next = new URL(login.searchParams.get('next') ?? '', OWN_ORIGIN);
    expect(next.pathname).toBe(SIGN_IN);
    expect(next.searchParams.get('label')).toBe('cafe');
  });

  it.each<[Record<string, string>]>([[{ label: 'evil.example' }], [{ challenge: 'x' }]])(
    'goes nowhere with %j',
    async (change) => {
      const answer = await pass({ cookie }, change);

      expect(answer.statusCode).toBe(400);
      expect(answer.headers.location).toBeUndefined();
    },
  );
});
