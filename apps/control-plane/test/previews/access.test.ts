import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SharingLevel, Visitor } from '@spt-flow/shared/domain/sharing';
import { answerTo, HOST } from './support/ask.ts';
import { openPreviewStage, OWNER, type PreviewStage } from './support/preview-stage.ts';

const TOKENS = {
  owner: 'sptf_api_of_the_owner',
  admin: 'sptf_api_of_an_admin_',
  colleague: 'sptf_api_of_a_colleague',
  stranger: 'sptf_api_of_a_stranger',
};
const VISITORS: Record<keyof typeof TOKENS, Visitor> = {
  owner: OWNER,
  admin: { userId: 'grace', organizationId: 'team', role: 'admin' },
  colleague: { userId: 'linus', organizationId: 'team', role: 'readonly' },
  stranger: { userId: 'eve', organizationId: 'others', role: 'admin' },
};
const PAGE = { accept: 'text/html' };

let stage: PreviewStage;
let seen: IncomingMessage['headers'] | undefined;

beforeEach(async () => {
  stage = await openPreviewStage();
  seen = undefined;
  for (const [name, token] of Object.entries(TOKENS))
    stage.visitors.set(token, VISITORS[name as keyof typeof TOKENS]);
  await stage.startApp((incoming, response) => {
    seen = incoming.headers;
    response.end('shown to you');
  });
});
afterEach(() => stage.close());

describe('who may open a preview', () => {
  it.each<[SharingLevel, Record<keyof typeof TOKENS | 'nobody', number>]>([
    ['private', { owner: 200, admin: 200, colleague: 403, stranger: 404, nobody: 401 }],
    ['organization', { owner: 200, admin: 200, colleague: 200, stranger: 404, nobody: 401 }],
    ['public', { owner: 200, admin: 200, colleague: 200, stranger: 200, nobody: 200 }],
  ])('that is %s: %j', async (sharing, expected) => {
    stage.share(sharing);
    for (const [name, status] of Object.entries(expected)) {
      const token = TOKENS[name as keyof typeof TOKENS] as string | undefined;
      const headers: Record<string, string> =
        token === undefined ? {} : { authorization: `Bearer ${token}` };

      const answer = await stage.ask({ headers });

      expect(answer.status, name).toBe(status);
      if (status !== 200) expect(answer.body, name).not.toContain('shown to you');
    }
    expect(seen?.authorization).toBeUndefined();
  });

  it('is known by the cookie of this host only', async () => {
    stage.share('private');
    const cookie = `__Host-spt_flow_preview=${TOKENS.owner}`;

    expect((await stage.ask({ headers: { cookie } })).body).toBe('shown to you');
    const elsewhere = await stage.ask({
      host: '3000--cafe.preview.localhost',
      headers: { cookie },
    });
    const ofDashboard = await stage.ask({
      headers: { cookie: `spt_flow_session=${TOKENS.owner}` },
    });

    expect([elsewhere.status, ofDashboard.status]).toEqual([401, 401]);
  });

  it('is found beside cookies that a neighbour has planted', async () => {
    stage.share('private');
    const name = '__Host-spt_flow_preview';

    const answer = await stage.ask({
      headers: { cookie: `${name}=planted; ${name}=${TOKENS.owner}` },
    });

    expect(answer.body).toBe('shown to you');
  });

  it.each<[string, Record<string, string>, number]>([
    ['its own page', { 'sec-fetch-site': 'same-origin', origin: 'null' }, 200],
    ['its own page in an older browser', { origin: `http://${HOST}` }, 200],
    ['the address bar', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }, 200],
    ['a link elsewhere', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 200],
    ['a neighbour’s script', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }, 401],
    ['a neighbour in an older browser', { origin: 'http://evil.preview.localhost' }, 401],
    ['a page without an origin', { origin: 'null' }, 401],
  ])('is asked for by cookie by %s', async (_name, headers, status) => {
    stage.share('private');
    const cookie = `__Host-spt_flow_preview=${TOKENS.owner}`;

    expect((await stage.ask({ headers: { cookie, ...headers } })).status).toBe(status);
  });

  it('is not changed by a form of a neighbour', async () => {
    stage.share('private');

    const answer = await stage.ask({
      method: 'POST',
      headers: {
        cookie: `__Host-spt_flow_preview=${TOKENS.owner}`,
        'sec-fetch-site': 'same-site',
        'sec-fetch-mode': 'navigate',
      },
    });

    expect(answer.status).toBe(401);
    expect(seen).toBeUndefined();
  });

  it('may leave the usual header to the app itself', async () => {
    stage.share('private');

    await stage.ask({
      headers: {
        authorization: 'Bearer of-the-app',
        'proxy-authorization': `Bearer ${TOKENS.owner}`,
      },
    });

    expect(seen).toMatchObject({ authorization: 'Bearer of-the-app' });
    expect(seen).not.toHaveProperty('proxy-authorization');
  });

  it('may hold whatever the app calls a token', async () => {
    const answer = await stage.ask({ headers: { authorization: 'Bearer of-the-app' } });

    expect(answer.body).toBe('shown to you');
    expect(seen?.authorization).toBe('Bearer of-the-app');
  });

  it('is not told to the app', async () => {
    stage.share('private');

    await stage.ask({
      headers: {
        cookie: `theme=dark; __Host-spt_flow_preview=${TOKENS.owner}; spt_flow_preview=a; __Host-spt_flow_preview_secret=b; spt_flow_session=c`,
      },
    });

    expect(seen?.cookie).toBe('theme=dark');
  });

  it('takes effect at once when it changes', async () => {
    stage.share('public');
    expect((await stage.ask()).status).toBe(200);

    stage.share('private');

    expect((await stage.ask()).status).toBe(401);
  });
});

describe('a visit that goes on', () => {
  const TOKEN_OF = (name: keyof typeof TOKENS) => ({ authorization: `Bearer ${TOKENS[name]}` });

  /** Says what is sent to it again. */
  async function showEcho(): Promise<void> {
    const app = createServer();
    new WebSocketServer({ server: app }).on('connection', (socket) =>
      socket.on('message', (data) => socket.send(data)),
    );
    await stage.showServer(app);
  }

  async function connect(name: keyof typeof TOKENS): Promise<WebSocket> {
    const headers = { host: HOST, ...TOKEN_OF(name) };
    const socket = new WebSocket(`ws://127.0.0.1:${stage.port}/live`, { headers });
    await once(socket, 'open');
    expect(await echo(socket)).toBe('hello');
    return socket;
  }

  async function echo(socket: WebSocket): Promise<string> {
    socket.send('hello');
    const [data] = (await once(socket, 'message')) as [Buffer];
    return data.toString();
  }

  it.each<[string, () => void]>([
    ['its sharing is narrowed', () => stage.share('private')],
    ['its credential is revoked', () => stage.revoke(TOKENS.colleague)],
    ['its project is restricted', () => stage.hideFrom(VISITORS.colleague)],
  ])('over a WebSocket ends when %s, and others stay', async (_name, change) => {
    stage.share('organization');
    await showEcho();
    const [leaving, staying] = [await connect('colleague'), await connect('owner')];

    change();

    expect(await once(leaving, 'close')).toMatchObject([1008, {}]);
    expect(await echo(staying)).toBe('hello');
    staying.terminate();
  });

  it('over another protocol ends as well', async () => {
    stage.share('organization');
    await stage.startRawApp((socket) =>
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: own\r\nConnection: upgrade\r\n\r\n',
      ),
    );
    const headers = { host: HOST, connection: 'upgrade', upgrade: 'own', ...TOKEN_OF('colleague') };
    const outgoing = request({ host: '127.0.0.1', port: stage.port, headers }).end();
    const [, socket] = (await once(outgoing, 'upgrade')) as [IncomingMessage, Socket];

    stage.share('private');

    await once(socket.resume(), 'close');
  });

  it('over an answer without an end is broken off', async () => {
    stage.share('organization');
    await stage.startApp((_incoming, response) => response.write('first'));
    const headers = { host: HOST, ...TOKEN_OF('colleague') };
    const outgoing = request({ host: '127.0.0.1', port: stage.port, headers }).end();
    const answer = await answerTo(outgoing);
    await once(answer, 'data');

    stage.share('private');

    await expect(once(answer, 'end')).rejects.toThrow('aborted');
  });
});

describe('an app', () => {
  it('is framed by no neighbour for as long as it is not public', async () => {
    await stage.startApp((_incoming, response) => {
      response.setHeader('Content-Security-Policy', "default-src 'self'").end();
    });
    const headers = { authorization: `Bearer ${TOKENS.owner}` };
    const policy = async () => (await stage.ask({ headers })).headers['content-security-policy'];

    expect(await policy()).toBe("default-src 'self'");
    stage.share('private');
    expect(await policy()).toBe(
      "default-src 'self', frame-ancestors 'self' https://flow.example.org",
    );
  });

  it('cannot set a cookie of the control plane', async () => {
    await stage.startApp((_incoming, response) => {
      response.setHeader('Set-Cookie', [
        'spt_flow_preview=planted; Path=/',
        '__Host-spt_flow_preview_secret=planted; Path=/; Secure',
        'spt_flow_session=planted',
        'own=1; Domain=preview.localhost',
      ]);
      response.end();
    });

    expect((await stage.ask()).headers['set-cookie']).toEqual(['own=1']);
  });

  it('never sees what is asked below the reserved path', async () => {
    for (const path of [
      '/.spt-flow/',
      '/.spt-flow/other',
      '/.spt-flow/session?code=x',
      `http://${HOST}/.spt-flow/session?code=x`,
    ])
      expect((await stage.ask({ path })).status).toBeGreaterThanOrEqual(400);

    expect(seen).toBeUndefined();
  });
});

describe('a WebSocket', () => {
  async function open(headers: Record<string, string>): Promise<string> {
    const app = createServer();
    new WebSocketServer({ server: app }).on('connection', (socket) => socket.send('welcome'));
    await stage.showServer(app);
    const socket = new WebSocket(`ws://127.0.0.1:${stage.port}/live`, {
      headers: { host: HOST, ...headers },
    });
    return new Promise((resolve) => {
      socket.on('error', () => undefined);
      socket.on('message', (data: Buffer) => {
        socket.terminate();
        resolve(data.toString());
      });
      socket.on('unexpected-response', (_request, answer) => resolve(String(answer.statusCode)));
    });
  }

  it.each<[keyof typeof TOKENS | 'nobody', string]>([
    ['owner', 'welcome'],
    ['colleague', '403'],
    ['stranger', '404'],
    ['nobody', '401'],
  ])('to a private app is opened for the %s: %s', async (name, expected) => {
    stage.share('private');
    const token = name === 'nobody' ? 'x' : TOKENS[name];

    expect(await open({ cookie: `__Host-spt_flow_preview=${token}` })).toBe(expected);
  });

  it.each([
    [`http://${HOST}`, 'welcome'],
    ['http://evil.preview.localhost', '401'],
  ])('to a private app from a page of %s: %s', async (origin, expected) => {
    stage.share('private');

    expect(await open({ cookie: `__Host-spt_flow_preview=${TOKENS.owner}`, origin })).toBe(
      expected,
    );
  });
});

describe('an app that is shown to its owner', () => {
  it('is named as what it is when nothing listens on a port', async () => {
    stage.share('private');
    const headers = { authorization: `Bearer ${TOKENS.owner}`, ...PAGE };

    const answer = await stage.ask({ host: '9--cafe.preview.localhost', headers });

    expect(answer.status).toBe(502);
    expect(answer.body).toContain('Nothing listens on this port');
  });

  it('leads to the dashboard where the next step is', async () => {
    stage.share('private');
    const headers = { authorization: `Bearer ${TOKENS.colleague}`, ...PAGE };

    const answer = await stage.ask({ headers });

    expect(answer.body).toContain('not shared with you');
    expect(answer.body).toContain('href="https://flow.example.org"');
  });
});
