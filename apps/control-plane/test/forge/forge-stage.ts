import { randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { vi } from 'vitest';
import type { Database } from '@spt-flow/db/client';
import { createAgentHub } from '../../src/features/agents/index.ts';
import { createForge } from '../../src/features/forge/index.ts';
import {
  createBareRepositories,
  createGit,
  createProjectRepository,
  createTrackedBranches,
} from '../../src/features/git/index.ts';
import { createForgeLogs, createPipelineRecords } from '../../src/features/pipelines/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { startInlineAgent } from '../agents/inline-agent.ts';
import { seedProject, seedTenant } from '../workspaces/seed.ts';
import { TOKEN, type GitlabServer } from './gitlab-server.ts';

const run = promisify(execFile);
const PUBLIC_URL = 'https://flow.example';

/** What goes on by itself is waited for, however busy the machine is. */
export function soon<T>(look: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(look, { timeout: 20_000, interval: 25 });
}

export type ForgeStage = Awaited<ReturnType<typeof stageForge>>;

/** stageForge is a project with a running workspace, and a forge that is connected to the GitLab of the test. */
export async function stageForge(
  db: Database,
  gitlab: Pick<GitlabServer, 'url'>,
  options: { readonly timeoutMs?: number } = {},
) {
  const directory = await mkdtemp(path.join(tmpdir(), 'spt-forge-'));
  const searchPath = process.env['PATH'] ?? '';
  const git = createGit({ searchPath });
  const repositories = createBareRepositories({ directory: path.join(directory, 'bare'), git });
  const hub = createAgentHub({
    clock: systemClock,
    onEvents: async () => undefined,
    onError: () => undefined,
  });
  const projects = createProjectRepository({ agents: hub, repositories });
  const workspaces = new Map<string, string>();
  const clock = { offsetMs: 0, now: () => new Date(Date.now() + clock.offsetMs) };
  const errors: unknown[] = [];
  const words: string[] = [];

  function createOne() {
    return createForge({
      gitlab: {
        ...{ url: gitlab.url, externalUrl: 'https://gitlab.example', group: 'flow' },
        ...{ hookUrl: null, caFile: null },
      },
      ...{ token: TOKEN, hookSecret: 'a secret that is long enough', publicUrl: PUBLIC_URL },
      ...{ searchPath, db, repositories, audit: createAudit(db), clock, ...options },
      tracked: createTrackedBranches({ repositories, git }),
      records: createPipelineRecords({ db, publish: async () => undefined }),
      logs: createForgeLogs(db),
      async workspaceOf(projectId) {
        const workspaceId = workspaces.get(projectId);
        if (workspaceId === undefined) return undefined;
        const place = { workspaceId, projectId };
        return {
          collect: () => projects.collect(place),
          bring: (branch) => projects.bring(place, branch),
          bringTags: () => projects.bringTags(place),
        };
      },
      onError: (error) => errors.push(error),
      warn: (message, details) => words.push(`${message} ${JSON.stringify(details ?? {})}`),
    });
  }

  async function addProject() {
    const tenant = await seedTenant(db);
    const id = await seedProject(db, tenant);
    const folder = path.join(directory, id);
    await mkdir(folder);
    const workspaceId = randomUUID();
    hub.attach(
      {
        ...{ workspaceId, sessionId: workspaceId, agentId: workspaceId, organizationId: 'o' },
        ...{ generation: 1, bootId: 'b', machineFingerprint: 'm' },
      },
      startInlineAgent({ directory: folder }).tunnel,
    );
    workspaces.set(id, workspaceId);
    const project = { id, organizationId: tenant.organizationId, repositoryUrl: null };
    const place = { workspaceId, projectId: id };
    return {
      ...{ ...tenant, project, folder },
      inWorkspace: async (...args: string[]) => {
        const who = ['-c', 'user.name=U', '-c', 'user.email=u@x'];
        return (await run('git', ['-C', folder, ...who, ...args])).stdout.trim();
      },
      /** What a change set does: a commit in the workspace that comes here. */
      async change(file: string, text: string) {
        await writeFile(path.join(folder, file), text);
        const commit = await projects.commit(place, {
          ...{ author: { name: 'Ada', email: 'ada@x' }, summary: `Change ${file}`, paths: [file] },
        });
        await projects.collect(place);
        return commit;
      },
      stopWorkspace: () => workspaces.delete(id),
    };
  }

  return {
    ...{ directory, clock, errors, words, createOne, addProject },
    async close() {
      hub.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
