import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import * as z from 'zod';
import { answerGit, gitBackend } from '../support/git-server.ts';
import { GITLAB_ROUTES, Refusal, type Call, type Model } from './gitlab-model.ts';
import { portOf } from '../support/ports.ts';

export const TOKEN = 'glpat-contract-token-1234567890';
const ALL_SCOPES = ['api', 'read_repository', 'write_repository'];

/** What a test makes go wrong: an answer in place of the real one, or none at all. */
export type Fault = (request: { method: string; path: string }) => FaultAnswer | undefined;
type FaultAnswer =
  'hang' | 'cut' | { status: number; body?: string; headers?: Record<string, string> };

export type GitlabServer = Awaited<ReturnType<typeof serveGitlab>>;

/**
 * serveGitlab is a GitLab as far as its published API of version 4 says how it behaves: tokens with scopes, groups,
 * projects, commits, hooks, pipelines, traces, pages, and git over HTTP by git's own program. It refuses what that API does
 * not know.
 */
export async function serveGitlab() {
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-gitlab-'));
  const program = await gitBackend();
  const model: Model = {
    ...{ folder, version: '19.5.1-ce.0', expiresAt: '2099-01-01', signsHooks: false, lastId: 40 },
    tokens: new Map([[TOKEN, ALL_SCOPES]]),
    groups: [{ id: 7, name: 'flow', path: 'flow', full_path: 'flow', parent_id: null }],
    ...{ projects: [], hooks: [], pipelines: [], jobs: [], blocksHooks: false },
  };
  const calls: string[] = [];
  const state = { fault: (() => undefined) as Fault };
  const server = createServer((request, response) => {
    void serve(request, response).catch((error: unknown) => {
      response.writeHead(500).end(JSON.stringify({ message: String(error) }));
    });
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const method = request.method ?? 'GET';
    const place = decodeURIComponent(url.pathname);
    calls.push(`${method} ${place}`);
    const fault = state.fault({ method, path: place });
    if (fault === 'hang') return;
    if (fault === 'cut') return void request.socket.destroy();
    if (fault) return void response.writeHead(fault.status, fault.headers).end(fault.body ?? '');
    // A path before everything, as behind a proxy.
    if (url.pathname.startsWith('/gitlab/api/v4/')) return answerApi(request, response, url);
    return answerRepository(request, response, url);
  }

  async function answerApi(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
  ): Promise<void> {
    const send = (status: number, body: unknown, headers: Record<string, string> = {}) =>
      void response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(typeof body === 'string' ? body : JSON.stringify(body));
    const scopes = model.tokens.get(String(request.headers['private-token'] ?? ''));
    if (!scopes) return send(401, { message: '401 Unauthorized' });
    const below = url.pathname.slice('/gitlab/api/v4/'.length);
    const text = (await buffer(request)).toString();
    for (const route of GITLAB_ROUTES) {
      const match = request.method === route.method ? route.path.exec(below) : null;
      if (!match) continue;
      if (route.scope !== 'any' && !scopes.includes('api'))
        return send(403, {
          error: 'insufficient_scope',
          error_description: 'The request requires higher privileges than provided',
          scope: 'api',
        });
      const query = route.query?.safeParse(Object.fromEntries(url.searchParams));
      const body = route.body?.safeParse(text === '' ? undefined : JSON.parse(text));
      if (query?.success === false || body?.success === false)
        return send(400, {
          error: z.prettifyError(query?.error ?? body?.error ?? new z.ZodError([])),
        });
      try {
        const call: Call = {
          ...{ model, scopes, params: match.slice(1).map(decodeURIComponent) },
          ...{ query: query?.data ?? {}, body: body?.data },
        };
        const answer = await route.answer(call);
        return send(route.method === 'POST' ? 201 : 200, answer.body, answer.headers);
      } catch (error) {
        if (error instanceof Refusal) return send(error.status, { message: error.words });
        throw error;
      }
    }
    send(404, { error: '404 Not Found' });
  }

  function answerRepository(request: IncomingMessage, response: ServerResponse, url: URL): void {
    const encoded = (request.headers.authorization ?? '').replace(/^Basic /, '');
    const [, password = ''] = Buffer.from(encoded, 'base64').toString().split(':');
    const scopes = model.tokens.get(password);
    if (!scopes?.includes('write_repository')) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="GitLab"' }).end();
      return;
    }
    request.url = url.pathname.replace('/gitlab/', '/') + url.search;
    answerGit({ program, folder, options: {} }, { request, response });
  }

  server.listen(0, '127.0.0.1');
  const port = await portOf(server);
  return {
    url: `http://127.0.0.1:${port}/gitlab`,
    ...{ model, calls, folder },
    setFault: (fault: Fault) => (state.fault = fault),
    mend: () => (state.fault = () => undefined),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
