import { createHmac, randomUUID } from 'node:crypto';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { eq } from 'drizzle-orm';
import type { FastifyInstance } from 'fastify';
import { forgeLinks, pipelines } from '@spt-flow/db/schema';
import { forgeHookPath } from '@spt-flow/shared/api/forge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hooksOf } from '../../src/composition/forge.ts';
import { registerForgeRoutes, type Forge } from '../../src/features/forge/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createAuthApp } from '../support/auth-app.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { soon, stageForge, type ForgeStage } from './forge-stage.ts';
import { pushFiles } from './gitlab-git.ts';
import { addPipeline } from './gitlab-model.ts';
import { serveGitlab, type GitlabServer } from './gitlab-server.ts';

type Project = Awaited<ReturnType<ForgeStage['addProject']>>;
type Headers = Record<string, string>;

describe('webhooks of GitLab', () => {
  const newDatabase = useDatabases();
  let db: TestDatabase['db'];
  let gitlab: GitlabServer;
  let stage: ForgeStage;
  let forge: Forge;
  let app: FastifyInstance;
  let own: Project;
  let other: Project;

  beforeAll(async () => {
    ({ db } = await newDatabase());
    gitlab = await serveGitlab();
    stage = await stageForge(db, gitlab);
    forge = stage.createOne();
    ({ app } = await createAuthApp(db, systemClock));
    registerForgeRoutes(app, {
      forge,
      findProject: async () => {
        throw new Error('not asked for');
      },
    });
    own = await stage.addProject();
    other = await stage.addProject();
    forge.start();
    for (const { project } of [own, other]) {
      await forge.onCreated(project);
      await soon(async () => expect(await forge.link(project)).toMatchObject({ state: 'synced' }));
    }
  });
  afterAll(async () => {
    await forge.close();
    await app.close();
    await stage.close();
    await gitlab.close();
  });

  function hookOf({ project }: Project) {
    const hook = gitlab.model.hooks.find(({ url }) => url.endsWith(project.id));
    if (!hook?.token || !hook.signing_token) throw new Error('no hook');
    return { ...hook, token: hook.token, signingToken: hook.signing_token };
  }

  function push(project: Project): string {
    return JSON.stringify({ object_kind: 'push', project_id: hookOf(project).project });
  }

  async function deliver(project: Project, payload: string, headers: Headers): Promise<number> {
    const answer = await app.inject({
      ...{ method: 'POST', url: forgeHookPath(project.project.id), payload },
      headers: { 'content-type': 'application/json', ...headers },
    });
    return answer.statusCode;
  }

  function signed(project: Project, body: string, ageSeconds = 0): Headers {
    const [id, timestamp] = [randomUUID(), String(Math.floor(Date.now() / 1000) - ageSeconds)];
    const key = Buffer.from(hookOf(project).signingToken.slice('whsec_'.length), 'base64');
    const text = `${id}.${timestamp}.${body}`;
    const signature = createHmac('sha256', key).update(text).digest('base64');
    return {
      ...{ 'webhook-id': id, 'webhook-timestamp': timestamp },
      'webhook-signature': `v1,AAAA v1,${signature}`,
    };
  }

  async function asked({ project }: Project): Promise<number | undefined> {
    const [row] = await db.select().from(forgeLinks).where(eq(forgeLinks.projectId, project.id));
    return row?.asked;
  }

  it('bring what was pushed and built there, once for each time they are told', async () => {
    const remote = gitlab.model.projects.find(({ id }) => id === hookOf(own).project);
    if (!remote) throw new Error('not created');
    const sha = await pushFiles(gitlab.model, remote, {
      ...{ branch: 'main', message: 'There', files: { 'a.txt': 'a' } },
    });
    const pipeline = addPipeline(gitlab.model, remote.id, { ref: 'main', sha });
    const at = new Date(Date.now() + 1_000).toISOString();
    Object.assign(pipeline, { status: 'success', updated_at: at, finished_at: at });
    const before = (await asked(own)) ?? 0;
    const late = JSON.stringify({
      ...{ object_kind: 'pipeline', project: { id: remote.id } },
      object_attributes: { id: pipeline.id, status: 'running' },
    });
    const headers = { 'x-gitlab-token': hookOf(own).token, 'idempotency-key': randomUUID() };

    expect(await deliver(own, late, headers)).toBe(202);
    expect(await deliver(own, late, headers)).toBe(202);

    expect(await asked(own)).toBe(before + 1);
    await soon(async () =>
      expect(await db.select().from(pipelines)).toMatchObject([
        { projectId: own.project.id, status: 'succeeded', commit: sha },
      ]),
    );
    expect(await forge.status(own.project.organizationId)).toMatchObject({
      lastHookAt: expect.any(String),
    });
  });

  it.each<[string, () => Headers]>([
    ['no proof', () => ({})],
    ['a wrong token', () => ({ 'x-gitlab-token': 'wrong' })],
    ['the token of another project', () => ({ 'x-gitlab-token': hookOf(other).token })],
    ['an old signature', () => signed(own, push(own), 301)],
    ['a signature of other bytes', () => signed(own, `${push(own)} `)],
    [
      'a wrong signature beside the right token',
      () => ({ ...signed(other, push(own)), 'x-gitlab-token': hookOf(own).token }),
    ],
  ])('with %s are refused', async (_what, headers) => {
    const before = await asked(own);

    expect(await deliver(own, push(own), headers())).toBe(403);

    expect(await asked(own)).toBe(before);
  });

  it('about the project of another organization, or for one that is not there, are refused', async () => {
    const proof = { 'x-gitlab-token': hookOf(own).token };
    const nobody = { ...own, project: { ...own.project, id: randomUUID() } };

    expect(await deliver(own, push(other), proof)).toBe(403);
    expect(await deliver(nobody, push(own), proof)).toBe(403);
    expect(await deliver({ ...own, project: { ...own.project, id: 'x' } }, '{}', proof)).toBe(403);
  });

  it('that are huge are refused, and those that say nothing change nothing', async () => {
    const proof = { 'x-gitlab-token': hookOf(own).token };
    const before = await asked(own);

    expect(await deliver(own, 'x'.repeat(2 * 1024 * 1024 + 1), proof)).toBe(413);
    for (const body of ['', 'not JSON', '[]', '{"object_kind":"issue"}', '{"object_kind":"push"}'])
      expect(await deliver(own, body, proof)).toBe(202);

    expect(await asked(own)).toBe(before);
  });

  it('once they were signed, are not believed without', async () => {
    const proof = { 'x-gitlab-token': hookOf(other).token };
    expect(await deliver(other, push(other), proof)).toBe(202);

    expect(await deliver(other, push(other), signed(other, push(other)))).toBe(202);

    expect(await deliver(other, push(other), proof)).toBe(403);
  });

  it.each([
    [{ method: 'POST', host: 'control-plane:8080', path: '/api/v1/forge/hooks/x' }, true],
    [{ method: 'GET', host: 'control-plane:8080', path: '/api/v1/forge/hooks/x' }, false],
    [{ method: 'POST', host: 'elsewhere:8080', path: '/api/v1/forge/hooks/x' }, false],
    [{ method: 'POST', host: 'control-plane:8080', path: '/api/v1/projects' }, false],
  ])('%j comes in by a name that only GitLab has: %s', ({ method, host, path: url }, isLetIn) => {
    const request = Object.assign(new IncomingMessage(new Socket()), { method, url });
    request.headers.host = host;

    expect(hooksOf('http://control-plane:8080')(request)).toBe(isLetIn);
  });
});
