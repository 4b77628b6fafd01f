import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { authRoutes } from '@spt-flow/shared/api/auth';
import { tokenRoutes } from '@spt-flow/shared/api/tokens';
import { changeSetRoutes } from '@spt-flow/shared/api/change-sets';
import { LIVE_PATH } from '@spt-flow/shared/api/live';
import { PORT_FORWARD_SUBPROTOCOL } from '@spt-flow/shared/api/port-forward';
import { SSH_SUBPROTOCOL } from '@spt-flow/shared/api/ssh';
import { projectRoutes } from '@spt-flow/shared/api/projects';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { allRoutes } from './support/all-routes.ts';
import { changeSetsOf } from './support/apps.ts';
import { createBusyProject, type BusyProject } from './support/busy-project.ts';
import { idRoutes, pathTo, queryOf } from './support/id-routes.ts';
import { request } from './support/raw-request.ts';
import { startRunning, type Running } from './support/running-product.ts';
import { sampleOf } from './support/sample.ts';
import { nextMessage, openSocket } from './support/sockets.ts';
import { createStranger } from './support/stranger.ts';

let running: Running;
let shop: BusyProject;
let stranger: { token: string };
let organizationId: string;
/** Whatever of somebody else's a route could be asked for. */
let foreign: string[];

beforeAll(async () => {
  running = await startRunning();
  shop = await createBusyProject(running, { name: 'Shop', words: 'hello' });
  const me = await running.api.call(authRoutes.me, {});
  organizationId = me.organization.id;
  const tokens = await running.api.call(tokenRoutes.listTokens, {});
  const workspace = await running.api.call(workspaceRoutes.get, {
    params: { handle: shop.workspaceId },
  });
  foreign = [
    shop.project.id,
    shop.project.slug,
    shop.workspaceId,
    workspace.name,
    shop.changeSetId,
    shop.messageId,
    me.id,
    organizationId,
    ...tokens.items.map(({ id }) => id),
  ];
  stranger = await createStranger(running.data);
});

afterAll(() => running.close());

const PATCH = '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n';

describe('a member of another organization', () => {
  it('finds nothing behind any route that takes an id or a name', async () => {
    const routes = await idRoutes();
    expect(routes.length).toBeGreaterThan(10);
    const found: string[] = [];
    for (const { name, contract } of routes) {
      const body = sampleOf(contract.body);
      for (const id of foreign) {
        const answer = await request(running.product.origin, {
          method: contract.method,
          path: pathTo(contract, id),
          token: stranger.token,
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        const isNoId = !z.uuid().safeParse(id).success && /:(id|\w+Id)\b/.test(contract.path);
        const expected = isNoId ? 'validation_failed' : 'not_found';
        if (answer.code !== expected)
          found.push(`${name} of ${id}: ${answer.status} ${answer.text}`);
      }
    }
    expect(found).toEqual([]);
  });

  it('sees nothing of it in any list', async () => {
    const routes = (await allRoutes()).filter(
      ({ contract }) => contract.method === 'GET' && !contract.path.includes(':'),
    );
    for (const { name, contract } of routes) {
      const answer = await request(running.product.origin, {
        method: 'GET',
        path: `${contract.path}?${queryOf(contract)}`,
        token: stranger.token,
      });
      // This installation has no Coder server.
      expect(answer, name).toMatchObject({ status: name === 'coderRoutes.status' ? 404 : 200 });
      // What they asked for in vain is in their own audit log.
      const told = answer.text.replaceAll(/"target":"[A-Z]+ [^"]*"/g, '');
      for (const id of foreign.filter((text) => z.uuid().safeParse(text).success))
        expect(told, name).not.toContain(id);
    }
  });

  it('may follow none of its live topics', async () => {
    const socket = await openSocket(running.product.origin + LIVE_PATH, {
      headers: { authorization: `Bearer ${stranger.token}` },
    });
    if (typeof socket === 'number') throw new Error(`Refused with ${socket}`);
    const topics = [
      `organization:${organizationId}`,
      `project:${shop.project.id}`,
      `presence:${shop.project.id}`,
      `logs:${shop.workspaceId}`,
      `usage:${shop.workspaceId}`,
      `project:${randomUUID()}`,
    ];
    for (const topic of topics) {
      socket.send(JSON.stringify({ type: 'subscribe', topic, after: 0 }));
      expect(await nextMessage(socket)).toEqual({ type: 'refused', topic, code: 'not_found' });
    }
    socket.close();
  });

  it('gets no terminal', async () => {
    const path = `/api/v1/workspaces/${shop.workspaceId}/terminal?command=id`;
    const socket = await openSocket(running.product.origin + path, {
      headers: { authorization: `Bearer ${stranger.token}` },
    });
    if (typeof socket === 'number') return expect(socket).toBe(404);
    expect(await nextMessage(socket)).toMatchObject({ type: 'error', code: 'not_found' });
    socket.terminate();
  });

  it.each([
    ['forwards none of its ports', 'port-forward', PORT_FORWARD_SUBPROTOCOL],
    ['logs in by no SSH', 'ssh', SSH_SUBPROTOCOL],
  ])('%s', async (_, door, protocol) => {
    const path = `/api/v1/workspaces/${shop.workspaceId}/${door}`;
    const socket = await openSocket(running.product.origin + path, {
      headers: { authorization: `Bearer ${stranger.token}` },
      protocols: [protocol],
    });
    expect(socket).toBe(404);
  });

  it('reaches it by none of the tools for models', async () => {
    const tools = ToolsSchema.parse(await rpc('tools/list', {})).tools;
    expect(tools.length).toBeGreaterThan(3);
    for (const tool of tools) {
      const takes = (name: string) => JSON.stringify(tool.inputSchema).includes(`"${name}"`);
      const args = {
        ...(sampleOf(z.fromJSONSchema(tool.inputSchema)) as object),
        // A schema for models can't say that one of two is needed.
        ...(takes('patch') && { patch: PATCH }),
        handle: shop.workspaceId,
      };
      const answer = await rpc('tools/call', { name: tool.name, arguments: args });
      if (takes('handle')) expect(JSON.stringify(answer), tool.name).toContain('not_found');
      expect(JSON.stringify(answer), tool.name).not.toContain(shop.project.id);
    }
  });

  it('leaves no trace in it', async () => {
    expect(await changeSetsOf(running, shop.workspaceId)).toHaveLength(1);
    const project = await running.api.call(projectRoutes.get, {
      params: { handle: shop.project.id },
    });
    expect(project).toMatchObject({ name: 'Shop', workspace: { actualState: 'running' } });
  });
});

describe('somebody who is not signed in', () => {
  it('is asked to sign in by every route that is not public', async () => {
    const routes = (await allRoutes()).filter(({ contract }) => contract.access !== 'public');
    for (const { name, contract } of routes) {
      const path = contract.path.replace(/:\w+/g, shop.project.id);
      const body = sampleOf(contract.body);
      for (const token of [undefined, `sptf_api_${'x'.repeat(43)}`]) {
        const answer = await request(running.product.origin, {
          method: contract.method,
          path,
          ...(token !== undefined && { token }),
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        expect(answer, name).toMatchObject({ status: 401, code: 'not_authenticated' });
      }
    }
  });

  it('gets no WebSocket', async () => {
    const workspace = `/api/v1/workspaces/${shop.workspaceId}`;
    const paths = [
      LIVE_PATH,
      `${workspace}/terminal`,
      `${workspace}/port-forward`,
      `${workspace}/ssh`,
    ];
    for (const path of paths) expect(await openSocket(running.product.origin + path)).toBe(401);
  });

  it('may change nothing, and read no more than a read-only token may', async () => {
    const { token } = await running.api.call(tokenRoutes.createToken, {
      body: { name: 'reader', scope: 'read' },
    });
    const routes = (await allRoutes()).filter(({ contract }) => contract.access === 'write');
    expect(routes.length).toBeGreaterThan(5);
    for (const { name, contract } of routes) {
      const body = sampleOf(contract.body);
      const answer = await request(running.product.origin, {
        method: contract.method,
        path: contract.path.replace(/:\w+/g, shop.project.id),
        token,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      expect(answer, name).toMatchObject({ status: 403, code: 'scope_missing' });
    }
    await expect(
      running.api.call(changeSetRoutes.list, { params: { handle: shop.workspaceId }, query: {} }),
    ).resolves.toMatchObject({ items: [{ summary: 'Start' }] });
  });
});

const ToolsSchema = z.object({
  tools: z.array(z.object({ name: z.string(), inputSchema: z.record(z.string(), z.unknown()) })),
});

async function rpc(method: string, params: object): Promise<unknown> {
  const response = await fetch(`${running.product.origin}/mcp/v1`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${stranger.token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  return z.object({ result: z.unknown() }).parse(await response.json()).result;
}
