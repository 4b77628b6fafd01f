import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerTo } from './support/ask.ts';
import { openPreviewStage, OWNER, type PreviewStage } from './support/preview-stage.ts';

let stage: PreviewStage;

beforeEach(async () => {
  stage = await openPreviewStage();
});
afterEach(() => stage.close());

describe('host names', () => {
  it.each([
    'localhost:8080',
    '127.0.0.1:8080',
    '[::1]:8080',
    'flow.example.org',
    'FLOW.example.org.',
  ])('%s is the control plane', async (host) => {
    expect((await stage.ask({ host })).body).toBe('control plane');
  });

  it.each([
    'evil.example',
    'preview.localhost.evil.example',
    'a.b.preview.localhost',
    'x_y',
    '03000--cafe.preview.localhost',
    '99999--cafe.preview.localhost',
    'localhost.evil',
  ])('%s is refused', async (host) => {
    expect((await stage.ask({ host })).status).toBe(421);
  });

  it.each(['none.preview.localhost', '3000--none.preview.localhost'])(
    'an unknown app at %s gets a page that says so to who is signed in',
    async (host) => {
      stage.visitors.set('sptf_api_of_ada_here', OWNER);

      const answer = await stage.ask({
        host,
        headers: { accept: 'text/html', authorization: 'Bearer sptf_api_of_ada_here' },
      });

      expect(answer.status).toBe(404);
      expect(answer.body).toContain('There is no app at this address');
    },
  );
});

describe('a domain of its owner’s', () => {
  const host = 'shop.example.org';
  const PAGE = { accept: 'text/html', 'sec-fetch-mode': 'navigate' };

  beforeEach(() => stage.domains.add(host));

  it.each([host, 'SHOP.example.org', `${host}:443`, `${host}.`, `${host}.:8443`])(
    '%s shows the app, which is told the name',
    async (asked) => {
      await stage.startApp((request, response) => response.end(request.headers.host));

      expect(await stage.ask({ host: asked })).toMatchObject({ status: 200, body: asked });
    },
  );

  it.each([
    `${host}..`,
    `www.${host}`,
    `${host}.evil.example`,
    `evil.example/${host}`,
    `${'a'.repeat(250)}.example.org`,
    'xn--shp-cpa.example.org',
    `${host}:99999999`,
  ])('%s is another name, and refused', async (asked) => {
    expect((await stage.ask({ host: asked })).status).toBe(421);
  });

  it('is no place to sign in: an app that is not public says so, whatever a visitor brings', async () => {
    await stage.startApp((_request, response) => response.end('app'));
    stage.share('organization');
    stage.visitors.set('sptf_api_of_ada_here', OWNER);
    const headers = { ...PAGE, authorization: 'Bearer sptf_api_of_ada_here' };

    const page = await stage.ask({ host, headers });
    const code = await stage.ask({ host, headers, path: '/.spt-flow/session?code=good' });

    expect(page.status).toBe(403);
    expect(page.body).toContain('not public yet');
    expect([page.headers['set-cookie'], code.headers['set-cookie']]).toEqual([
      undefined,
      undefined,
    ]);
    expect(stage.redeemed).toEqual([]);
  });

  it('ends what is open there when it is given up', async () => {
    await stage.startApp((_request, response) => response.write('first'));
    const answer = await answerTo(openRequest(stage.port, host));
    await once(answer, 'data');
    const end = once(answer, 'end');

    stage.domains.delete(host);
    stage.share('public');

    await expect(end).rejects.toThrow();
    expect((await stage.ask({ host })).status).toBe(421);
  });
});

function openRequest(port: number, host: string) {
  return request({ host: '127.0.0.1', port, agent: false, headers: { host } }).end();
}
