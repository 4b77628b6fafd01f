import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tokenRoutes } from '@spt-flow/shared/api/tokens';
import type { AuthService } from '../../src/features/auth/index.ts';
import { apiTokens, loginSessions, setupTokens, users } from '@spt-flow/db/schema';
import { createAuthApp, OWN_ORIGIN } from '../support/auth-app.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';

const PERSON = { email: 'Ada@example.com', name: 'Ada', password: 'correct horse battery' };

describe('sign-in', () => {
  const newDatabase = useDatabases();
  let app: FastifyInstance;
  let auth: AuthService;
  let now: Date;
  let database: TestDatabase;

  beforeEach(async () => {
    now = new Date();
    database = await newDatabase();
    ({ app, auth } = await createAuthApp(database.db, {
      now: () => now,
      monotonicMs: () => performance.now(),
    }));
  });

  afterEach(() => app.close());

  async function setUp(): Promise<string> {
    const token = await auth.prepareSetup();
    const response = await app.inject({
      method: 'POST',
      url: '/api/v1/setup',
      payload: { token, ...PERSON },
    });
    expect(response.statusCode).toBe(201);
    const cookie = response.cookies[0];
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
    return `${cookie?.name}=${cookie?.value}`;
  }

  function get(url: string, headers: Record<string, string>) {
    return app.inject({ method: 'GET', url, headers });
  }

  function post(url: string, payload: object, headers: Record<string, string> = {}) {
    return app.inject({ method: 'POST', url, payload, headers });
  }

  it('makes the first person admin of an organization', async () => {
    const cookie = await setUp();

    const me = await get('/api/v1/auth/me', { cookie });

    expect(me.json()).toMatchObject({
      success: true,
      error: null,
      data: { email: PERSON.email, role: 'admin', organization: { name: "Ada's team" } },
    });
  });

  it('refuses a setup token that was used, is wrong, or is older than the last link', async () => {
    const older = await auth.prepareSetup();
    const newer = await auth.prepareSetup();

    const withOlder = await post('/api/v1/setup', { token: older, ...PERSON });
    const withWrong = await post('/api/v1/setup', {
      token: 'sptf_setup_wrong_wrong_wrong',
      ...PERSON,
    });
    const withNewer = await post('/api/v1/setup', { token: newer, ...PERSON });
    const again = await post('/api/v1/setup', {
      token: newer,
      ...PERSON,
      email: 'eve@example.com',
    });

    expect([withOlder, withWrong, withNewer, again].map((response) => response.statusCode)).toEqual(
      [403, 403, 201, 409],
    );
    expect(withOlder.json().error).toMatchObject({
      code: 'setup_token_invalid',
      correlationId: expect.any(String),
    });
  });

  it('lets only one of two simultaneous setups win', async () => {
    const token = await auth.prepareSetup();

    const responses = await Promise.all(
      ['a@example.com', 'b@example.com'].map((email) =>
        post('/api/v1/setup', { token, ...PERSON, email }),
      ),
    );

    expect(responses.map((response) => response.statusCode).sort()).toEqual([201, 403]);
  });

  it('takes the link of whichever replica, but only one of two at once', async () => {
    const tokens = [
      await auth.prepareSetup({ keepsEarlier: true }),
      await auth.prepareSetup({ keepsEarlier: true }),
    ];

    const responses = await Promise.all(
      tokens.map((token, at) =>
        post('/api/v1/setup', { token, ...PERSON, email: `${at}@example.com` }),
      ),
    );

    expect(responses.map((response) => response.statusCode).sort()).toEqual([201, 403]);
  });

  it('ignores the case of the e-mail and answers alike for an unknown account and a wrong password', async () => {
    await setUp();

    const right = await post('/api/v1/auth/login', {
      email: 'ada@EXAMPLE.com',
      password: PERSON.password,
    });
    const wrong = await post('/api/v1/auth/login', { email: PERSON.email, password: 'wrong' });
    const unknown = await post('/api/v1/auth/login', {
      email: 'nobody@example.com',
      password: 'wrong',
    });

    expect(right.statusCode).toBe(200);
    expect(wrong.json().error.message).toBe(unknown.json().error.message);
    expect([wrong.statusCode, unknown.statusCode]).toEqual([401, 401]);
  });

  it('stores neither passwords nor tokens in plain', async () => {
    const cookie = await setUp();

    const created = await post(
      '/api/v1/tokens',
      { name: 'ci', scope: 'read' },
      { cookie, origin: OWN_ORIGIN },
    );
    const listed = await get('/api/v1/tokens', { cookie });

    expect(created.json().data.token).toMatch(/^sptf_api_/);
    const rows = [users, loginSessions, apiTokens, setupTokens].map((table) =>
      database.db.select().from(table),
    );
    const stored = JSON.stringify(await Promise.all(rows));
    const secrets = [PERSON.password, created.json().data.token, cookie.split('=')[1]];
    expect(secrets.filter((secret) => stored.includes(secret))).toEqual([]);
    expect(listed.body).not.toContain(created.json().data.token);
  });

  it.each([
    ['without an origin', {}],
    ['from another site', { origin: 'https://evil.example' }],
  ])('refuses to change anything by cookie %s', async (_case, headers) => {
    const cookie = await setUp();

    const response = await post(
      '/api/v1/tokens',
      { name: 'x', scope: 'read' },
      { cookie, ...headers },
    );

    expect(response.json().error.code).toBe('wrong_origin');
  });

  it('has a cookie that no neighbouring host can plant where people come by https', async () => {
    const publicUrl = 'https://flow.example.com';
    const clock = { now: () => now, monotonicMs: () => 0 };
    const shown = await createAuthApp(database.db, clock, { publicUrl });
    const token = await shown.auth.prepareSetup();
    const inject = (url: string, options: object) => shown.app.inject({ url, ...options });

    const made = await inject('/api/v1/setup', { method: 'POST', payload: { token, ...PERSON } });
    const cookie = made.cookies[0];
    const own = await inject('/api/v1/auth/me', {
      headers: { cookie: `spt_flow_session=planted; ${cookie?.name}=${cookie?.value}` },
    });
    const planted = await inject('/api/v1/auth/me', {
      headers: { cookie: `spt_flow_session=${cookie?.value}` },
    });
    const out = await inject('/api/v1/auth/logout', {
      method: 'POST',
      headers: { cookie: `${cookie?.name}=${cookie?.value}`, origin: publicUrl },
    });
    await shown.app.close();

    expect(cookie).toMatchObject({ name: '__Host-spt_flow_session', secure: true, path: '/' });
    expect(cookie).not.toHaveProperty('domain');
    expect([own.statusCode, planted.statusCode]).toEqual([200, 401]);
    expect(out.cookies[0]).toMatchObject({ name: '__Host-spt_flow_session', secure: true });
  });

  it('ends a login on sign-out', async () => {
    const cookie = await setUp();

    await post('/api/v1/auth/logout', {}, { cookie, origin: OWN_ORIGIN });

    expect((await get('/api/v1/auth/me', { cookie })).statusCode).toBe(401);
  });

  it('limits a token to its scope and to what its owner may do', async () => {
    const cookie = await setUp();
    const created = await post(
      '/api/v1/tokens',
      { name: 'reader', scope: 'read' },
      { cookie, origin: OWN_ORIGIN },
    );
    const authorization = `Bearer ${created.json().data.token}`;

    const me = await get('/api/v1/auth/me', { authorization });
    const wider = await post(
      '/api/v1/tokens',
      { name: 'wider', scope: 'admin' },
      { authorization },
    );

    expect(me.statusCode).toBe(200);
    expect(wider.json().error.code).toBe('scope_missing');
  });

  it('lets no token with less than all rights of its person give, approve or take others', async () => {
    const cookie = await setUp();
    const owner = { cookie, origin: OWN_ORIGIN };
    const whole = await post('/api/v1/tokens', { name: 'all', scope: 'admin' }, owner);
    const reader = await post('/api/v1/tokens', { name: 'reader', scope: 'read' }, owner);
    const { id, token } = reader.json().data;
    const authorization = `Bearer ${token}`;
    const device = await post('/api/v1/auth/device-logins', { clientName: 'CLI' });
    const { userCode, deviceCode } = device.json().data;
    const revoke = (tokenId: string) =>
      app.inject({
        method: 'DELETE',
        url: `/api/v1/tokens/${tokenId}`,
        headers: { authorization },
      });

    const approved = await post(
      `/api/v1/auth/device-logins/${userCode}/approval`,
      { approve: true },
      { authorization },
    );
    const polled = await post('/api/v1/auth/device-logins/token', { deviceCode });
    const lasting = { name: 'later', scope: 'read', expiresInDays: null };
    const given = await post('/api/v1/tokens', lasting, { authorization });
    const taken = await revoke(whole.json().data.id);
    const itself = await revoke(id);

    expect(
      [approved, given, taken].map(
        (answer) => answer.json<{ error: { code: string } | null }>().error?.code,
      ),
    ).toEqual(['scope_missing', 'scope_missing', 'scope_missing']);
    expect([polled.statusCode, itself.statusCode]).toEqual([428, 200]);
  });

  it('stops accepting a revoked token', async () => {
    const cookie = await setUp();
    const created = await post(
      '/api/v1/tokens',
      { name: 'ci', scope: 'write' },
      { cookie, origin: OWN_ORIGIN },
    );
    const { id, token } = created.json().data;

    await app.inject({
      method: 'DELETE',
      url: `/api/v1/tokens/${id}`,
      headers: { cookie, origin: OWN_ORIGIN },
    });

    expect((await get('/api/v1/auth/me', { authorization: `Bearer ${token}` })).statusCode).toBe(
      401,
    );
  });

  it('revokes the token that signs out', async () => {
    const cookie = await setUp();
    const created = await post(
      '/api/v1/tokens',
      { name: 'ci', scope: 'read' },
      { cookie, origin: OWN_ORIGIN },
    );
    const authorization = `Bearer ${created.json<{ data: { token: string } }>().data.token}`;

    const signedOut = await post('/api/v1/auth/logout', {}, { authorization });

    expect(signedOut.statusCode).toBe(200);
    expect((await get('/api/v1/auth/me', { authorization })).statusCode).toBe(401);
  });

  describe('device flow', () => {
    async function start() {
      const response = await post('/api/v1/auth/device-logins', { clientName: 'CLI on laptop' });
      return tokenRoutes.startDeviceLogin.response.parse(response.json<{ data: unknown }>().data);
    }

    function poll(deviceCode: string) {
      return post('/api/v1/auth/device-logins/token', { deviceCode });
    }

    it('gives a token once, after a person approved the code', async () => {
      const cookie = await setUp();
      const { deviceCode, userCode } = await start();

      const before = await poll(deviceCode);
      await post(
        `/api/v1/auth/device-logins/${userCode}/approval`,
        { approve: true },
        { cookie, origin: OWN_ORIGIN },
      );
      const after = await poll(deviceCode);
      const again = await poll(deviceCode);

      expect([before.statusCode, after.statusCode, again.statusCode]).toEqual([428, 200, 410]);
      const me = await get('/api/v1/auth/me', {
        authorization: `Bearer ${after.json().data.token}`,
      });
      expect(me.json().data.email).toBe(PERSON.email);
    });

    it('never gives a token for a denied or expired code', async () => {
      const cookie = await setUp();
      const denied = await start();
      const expired = await start();

      await post(
        `/api/v1/auth/device-logins/${denied.userCode}/approval`,
        { approve: false },
        { cookie, origin: OWN_ORIGIN },
      );
      const deniedPoll = await poll(denied.deviceCode);
      now = new Date(now.getTime() + 3_600_000);
      const expiredPoll = await poll(expired.deviceCode);

      expect([deniedPoll.json().error.code, expiredPoll.json().error.code]).toEqual([
        'login_expired',
        'login_expired',
      ]);
    });

    it('decides a code only once', async () => {
      const cookie = await setUp();
      const { userCode } = await start();
      const url = `/api/v1/auth/device-logins/${userCode}/approval`;

      const first = await post(url, { approve: false }, { cookie, origin: OWN_ORIGIN });
      const second = await post(url, { approve: true }, { cookie, origin: OWN_ORIGIN });

      expect([first.statusCode, second.statusCode]).toEqual([200, 404]);
    });
  });

  it.each([
    ['not JSON', '{', 'application/json', 400, 'validation_failed'],
    ['wrong types', '{"email":1,"password":[]}', 'application/json', 400, 'validation_failed'],
    ['another content type', '<a/>', 'application/xml', 415, 'unsupported_media_type'],
    ['too much', `{"email":"${'x'.repeat(9_000_000)}"}`, 'application/json', 413, 'body_too_large'],
  ])('answers %s in the envelope', async (_case, payload, type, status, code) => {
    const response = await app.inject({
      method: 'POST',
      url: '/api/v1/auth/login',
      payload,
      headers: { 'content-type': type },
    });

    expect(response.statusCode).toBe(status);
    expect(response.json()).toMatchObject({ success: false, data: null, error: { code } });
    expect(response.headers['x-correlation-id']).toBe(response.json().error.correlationId);
  });

  it('answers an unknown route in the envelope and keeps a safe correlation id of the caller', async () => {
    const response = await get('/api/v1/nothing', { 'x-correlation-id': 'caller-chosen-1' });
    const hostile = await get('/api/v1/nothing', {
      'x-correlation-id': '<script>alert(1)</script>',
    });

    expect(response.json().error).toMatchObject({
      code: 'not_found',
      correlationId: 'caller-chosen-1',
    });
    expect(hostile.json().error.correlationId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('limits how often passwords may be tried', async () => {
    const attempts = Array.from({ length: 25 }, () =>
      post('/api/v1/auth/login', { email: 'a@example.com', password: 'x' }),
    );

    const codes = (await Promise.all(attempts)).map((response) => response.statusCode);

    expect(codes.filter((code) => code === 429).length).toBeGreaterThan(0);
  });
});
