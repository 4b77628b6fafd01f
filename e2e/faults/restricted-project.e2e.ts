import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_PREFIX } from '@spt-flow/shared/api/common';
import { authRoutes } from '@spt-flow/shared/api/auth';
import { LIVE_PATH } from '@spt-flow/shared/api/live';
import { PORT_FORWARD_SUBPROTOCOL } from '@spt-flow/shared/api/port-forward';
import { projectAccessRoutes } from '@spt-flow/shared/api/project-access';
import { SSH_SUBPROTOCOL } from '@spt-flow/shared/api/ssh';
import type { RouteContract } from '@spt-flow/shared/api/route';
import type { WebSocket } from 'ws';
import { allRoutes } from './support/all-routes.ts';
import { createBusyProject, type BusyProject } from './support/busy-project.ts';
import { idRoutes, pathTo } from './support/id-routes.ts';
import { request } from './support/raw-request.ts';
import { startRunning, type Running } from './support/running-product.ts';
import { sampleOf } from './support/sample.ts';
import { nextMessage, openSocket } from './support/sockets.ts';
import { createPerson } from './support/stranger.ts';

let running: Running;
let shop: BusyProject;
let colleague: { token: string; userId: string };
let organizationId: string;
/** Whatever of the project a route could be asked for. */
let hidden: string[];

beforeAll(async () => {
  running = await startRunning();
  shop = await createBusyProject(running, { name: 'Hidden shop', words: 'Xylophones, please' });
  ({
    organization: { id: organizationId },
  } = await running.api.call(authRoutes.me, {}));
  const { project, workspaceId, changeSetId, messageId } = shop;
  hidden = [project.id, project.slug, workspaceId, changeSetId, messageId];
  colleague = await createPerson(running.data, { organizationId, name: 'cleo', role: 'developer' });
  const params = { handle: shop.project.id };
  await running.api.call(projectAccessRoutes.set, { params, body: { access: 'restricted' } });
});

afterAll(() => running.close());

function ask(method: string, path: string, body?: unknown) {
  return request(running.product.origin, {
    ...{ method, path: `${API_PREFIX}${path}`, token: colleague.token },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

async function open(path: string, ...protocols: string[]): Promise<WebSocket | number> {
  return openSocket(running.product.origin + path, {
    headers: { authorization: `Bearer ${colleague.token}` },
    protocols,
  });
}

async function opened(path: string, ...protocols: string[]): Promise<WebSocket> {
  const socket = await open(path, ...protocols);
  if (typeof socket === 'number') throw new Error(`Refused with ${socket}`);
  return socket;
}

/** Below the prefix of the API, as `ask` takes them. */
function pathsOf(contract: RouteContract): string[] {
  return hidden.map((id) => pathTo(contract, id).slice(API_PREFIX.length));
}

describe('a colleague to whom a restricted project was not given', () => {
  it('finds nothing of it behind any route', async () => {
    const found: string[] = [];
    for (const { name, contract } of await idRoutes()) {
      // What only admins may is refused before it is looked for, unless its path names the project.
      const codes = contract.access === 'admin' ? ['not_found', 'scope_missing'] : ['not_found'];
      const body = sampleOf(contract.body);
      for (const path of pathsOf(contract)) {
        const { code, status, text } = await ask(contract.method, path, body);
        if (code === 'validation_failed' && !/\b[0-9a-f-]{36}\b/.test(path)) continue;
        if (!codes.includes(code ?? '')) found.push(`${name} at ${path}: ${status} ${text}`);
      }
    }
    expect(found).toEqual([]);
  });

  it('sees nothing of it in any list, and finds none of its words', async () => {
    const lists = (await allRoutes()).filter(
      ({ contract: { method, path, access } }) =>
        method === 'GET' && !path.includes(':') && access !== 'admin',
    );
    const paths = lists.map(({ contract }) => pathsOf(contract)[0] ?? '');
    for (const path of [...paths, '/messages?words=xylophones', '/logs?search=a']) {
      const { text } = await ask('GET', path);
      for (const id of [...hidden, 'Hidden shop', 'ylophones'])
        expect(text, path).not.toContain(id);
    }
  });

  it.each([
    ['GET', () => `/logs?project=${shop.project.slug}`, undefined],
    ['GET', () => `/logs?workspace=${shop.workspaceId}`, undefined],
    ['GET', () => `/secrets?scope=project&of=${shop.project.slug}`, undefined],
    ['GET', () => `/secrets/A/versions?scope=workspace&of=${shop.workspaceId}`, undefined],
    ['PUT', () => `/secrets/A?scope=project&of=${shop.project.id}`, { value: 'x' }],
    ['POST', () => '/servers', { name: 'box', project: 'hidden-shop' }],
  ])('names it in vain in %s %s', async (method, path, body) => {
    expect(await ask(method, path(), body)).toMatchObject({ status: 404, code: 'not_found' });
  });

  it('hears nothing of it, and gets no connection to it', async () => {
    const socket = await opened(LIVE_PATH);
    for (const topic of ['project', 'presence', 'logs', 'usage']) {
      const id = topic === 'project' || topic === 'presence' ? shop.project.id : shop.workspaceId;
      socket.send(JSON.stringify({ type: 'subscribe', topic: `${topic}:${id}`, after: 0 }));
      expect(await nextMessage(socket)).toMatchObject({ type: 'refused', code: 'not_found' });
    }
    const heard: string[] = [];
    socket.on('message', (data: Buffer) => heard.push(data.toString()));
    const topic = `organization:${organizationId}`;
    socket.send(JSON.stringify({ type: 'subscribe', topic, after: 0 }));
    socket.send(JSON.stringify({ type: 'ping' }));
    await expect.poll(() => heard.at(-1)).toContain('pong');
    for (const id of hidden) expect(heard.join()).not.toContain(id);
    socket.terminate();

    const workspace = `/api/v1/workspaces/${shop.workspaceId}`;
    expect(await open(`${workspace}/port-forward`, PORT_FORWARD_SUBPROTOCOL)).toBe(404);
    expect(await open(`${workspace}/ssh`, SSH_SUBPROTOCOL)).toBe(404);
    expect(await open(`${workspace}/terminal?command=id`)).toBe(404);
  });

  it('gets no app of it', async () => {
    const { host, port } = new URL(shop.project.previewUrl);
    const answer = await request(`http://localhost:${port}`, {
      ...{ method: 'GET', path: '/', token: colleague.token, headers: { host } },
    });
    expect(answer.status).toBe(404);
  });

  it('is let in once it is given to them, and loses what is open once it is taken', async () => {
    const params = { handle: shop.project.id, id: colleague.userId };
    await running.api.call(projectAccessRoutes.grantPerson, { params, body: { level: 'use' } });
    expect(await ask('GET', `/projects/${shop.project.slug}`)).toMatchObject({ status: 200 });
    const path = `/api/v1/workspaces/${shop.workspaceId}/port-forward`;
    const tunnel = await opened(path, PORT_FORWARD_SUBPROTOCOL);
    const live = await opened(LIVE_PATH);
    const topic = `project:${shop.project.id}`;
    live.send(JSON.stringify({ type: 'subscribe', topic, after: null }));
    expect(await nextMessage(live)).toMatchObject({ type: 'subscribed' });
    const ended = once(tunnel, 'close');
    const told = nextMessage(live);

    await running.api.call(projectAccessRoutes.revokePerson, { params });

    await ended;
    expect(await told).toEqual({ type: 'refused', topic, code: 'not_found' });
    expect(await ask('GET', `/projects/${shop.project.slug}`)).toMatchObject({ status: 404 });
    live.terminate();
  });
});
