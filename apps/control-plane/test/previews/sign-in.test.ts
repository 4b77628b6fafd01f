import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOST } from './support/ask.ts';
import { openPreviewStage, type PreviewStage } from './support/preview-stage.ts';

const PAGE = { accept: 'text/html' };

let stage: PreviewStage;

beforeEach(async () => {
  stage = await openPreviewStage();
  await stage.startApp((_, response) => response.end('shown to you'));
});
afterEach(() => stage.close());

describe('who is not signed in', () => {
  beforeEach(() => stage.share('organization'));

  it.each(['/', '/entries?page=2', '/a%20b'])('is sent to the dashboard from %s', async (path) => {
    const answer = await stage.ask({ path, headers: PAGE });

    const location = new URL(answer.headers.location ?? '');
    expect(answer.status).toBe(303);
    expect(location.origin + location.pathname).toBe(
      'https://flow.example.org/api/v1/previews/sign-in',
    );
    expect(Object.fromEntries(location.searchParams)).toEqual({
      label: 'cafe',
      path,
      challenge: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(
        /^__Host-spt_flow_preview_secret=[\w-]{43}; Max-Age=300; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
      ),
    ]);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('keeps one secret for all tabs that ask at once', async () => {
    const secret = 's'.repeat(43);
    const cookie = `__Host-spt_flow_preview_secret=${secret}`;

    const answers = await Promise.all(
      ['/a', '/b'].map((path) => stage.ask({ path, headers: { ...PAGE, cookie } })),
    );

    const challenges = answers.map(({ headers }) =>
      new URL(headers.location ?? '').searchParams.get('challenge'),
    );
    expect(new Set(challenges).size).toBe(1);
    expect(answers[0]?.headers['set-cookie']?.[0]).toContain(secret);
  });

  it('in a frame gets a page that asks the dashboard around it', async () => {
    const answer = await stage.ask({
      headers: {
        ...PAGE,
        'sec-fetch-dest': 'iframe',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-site': 'cross-site',
      },
    });

    expect(answer.status).toBe(401);
    expect(answer.body).toContain('spt-flow.preview.sign-in');
    expect(answer.headers['content-security-policy']).toMatch(/script-src 'sha256-/);
    expect(answer.headers['set-cookie']?.at(-1)).toMatch(/SameSite=None; Secure; Partitioned$/);
  });

  it.each([
    ['a program', { accept: '*/*' }],
    ['a script of a page', { ...PAGE, 'sec-fetch-mode': 'cors' }],
    ['an image', { accept: 'image/png', 'sec-fetch-mode': 'no-cors' }],
  ])('is told as %s what to do', async (_name, headers) => {
    const answer = await stage.ask({ headers });

    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="spt-flow"');
  });

  it('is told when it wants to change something', async () => {
    const answer = await stage.ask({ method: 'POST', body: 'x', headers: PAGE });

    expect(answer.status).toBe(401);
    expect(answer.headers.location).toBeUndefined();
  });

  it.each([[PAGE], [{ accept: '*/*' }]])(
    'can’t tell a preview that exists from one that does not, with %j',
    async (headers) => {
      const answers = await Promise.all(
        [HOST, 'none.preview.localhost', '3000--none.preview.localhost'].map((host) =>
          stage.ask({ host, headers }),
        ),
      );

      const shapes = answers.map(({ status, body, headers: { location = '' } }) =>
        JSON.stringify([status, body, location.replace(/[?].*/, '')]),
      );
      expect(new Set(shapes).size).toBe(1);
    },
  );
});

describe('a browser that comes back with a code', () => {
  const SECRET = 's'.repeat(43);
  const headers = { cookie: `__Host-spt_flow_preview_secret=${SECRET}` };

  it('gets a cookie of this host, and goes on without the code', async () => {
    const answer = await stage.ask({ path: '/.spt-flow/session?code=good&path=%2Fa%3Fb', headers });

    expect(answer.status).toBe(303);
    expect(answer.headers.location).toBe('/a?b');
    expect(answer.headers['set-cookie']).toEqual([
      '__Host-spt_flow_preview=fresh-token; Path=/; HttpOnly; SameSite=Lax; Secure',
    ]);
    expect(answer.headers['referrer-policy']).toBe('no-referrer');
    expect(stage.redeemed).toEqual([{ label: 'cafe', code: 'good', secret: SECRET }]);
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/a\r\nSet-Cookie: x=1',
    '',
  ])('never leaves this host for %j', async (path) => {
    const query = new URLSearchParams({ code: 'good', path });
    const answer = await stage.ask({ path: `/.spt-flow/session?${query.toString()}`, headers });

    expect(answer.headers.location).toBe('/');
    expect(answer.headers['set-cookie']).toHaveLength(1);
  });

  it.each([
    ['another code', 'bad', headers],
    ['no code', '', headers],
    ['no secret', 'good', {}],
  ])('with %s gets a page and no cookie', async (_name, code, sent) => {
    const answer = await stage.ask({
      path: `/.spt-flow/session?code=${code}&path=/`,
      headers: { ...PAGE, ...sent },
    });

    expect(answer.status).toBe(403);
    expect(answer.body).toContain('Try again');
    expect(answer.headers['set-cookie']).toBeUndefined();
    // The app must not learn the code from the address that its visitor comes from.
    expect(answer.headers['referrer-policy']).toBe('no-referrer');
  });
});
