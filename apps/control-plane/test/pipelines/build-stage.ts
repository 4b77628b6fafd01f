import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { eq } from 'drizzle-orm';
import { replicas, workspaces } from '@spt-flow/db/schema';
import type { LiveEvent } from '@spt-flow/shared/api/live';
import { AppError } from '@spt-flow/shared/domain/errors';
import { isFinished } from '@spt-flow/shared/domain/pipeline-status';
import { DEFAULT_SETTINGS } from '@spt-flow/shared/domain/workspace-settings';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { createAgentHub, type LocalAgentHub } from '../../src/features/agents/index.ts';
import {
  createBareRepositories,
  createGit,
  createProjectSource,
} from '../../src/features/git/index.ts';
import {
  createPipelines,
  PIPELINES_CHANNEL,
  type Pipelines,
  type PipelinesDeps,
} from '../../src/features/pipelines/index.ts';
import { createAudit } from '../../src/lib/audit-repository.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Principal } from '../../src/lib/principal.ts';
import { startInlineAgent } from '../agents/inline-agent.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { seedProject, seedTenant, type Tenant } from '../workspaces/seed.ts';

const run = promisify(execFile);
const PATIENCE = { timeout: 15_000, interval: 20 };
const SECRET = { name: 'API_TOKEN', value: 'very-secret-value' };

/**
 * useBuildStage has builds run on a real database and real repositories. Their machines are directories with agents of
 * this process, which take as long as a directory takes to be made.
 */
export function useBuildStage() {
  const newDatabase = useDatabases();
  const open: { pipelines: Pipelines; hub: LocalAgentHub }[] = [];
  const events: LiveEvent[] = [];
  let database: TestDatabase;
  let db: typeof database.db;
  let directory: string;
  let tenant: Tenant;
  let now = Date.now();

  beforeAll(async () => {
    database = await newDatabase();
    ({ db } = database);
    directory = await mkdtemp(path.join(tmpdir(), 'spt-flow-builds-test-'));
    await mkdir(path.join(directory, 'machines'));
    tenant = await seedTenant(db);
  });
  afterEach(async () => {
    for (const { pipelines, hub } of open.splice(0)) {
      await pipelines.close();
      hub.close();
    }
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const git = createGit({ searchPath: process.env['PATH'] ?? '' });
  const repositories = () =>
    createBareRepositories({ directory: path.join(directory, 'bare'), git });

  function machineAt(id: string): string {
    return path.join(directory, 'machines', id);
  }

  /** Stands for the feature of workspaces: a machine is there as soon as is wanted. */
  function createMachines(hub: LocalAgentHub, startMs: number) {
    return {
      async create(
        input: { projectId: string; organizationId: string; ownerId: string; name: string },
        tx = db,
      ) {
        const { projectId, organizationId, ownerId, name } = input;
        const [row] = await tx
          .insert(workspaces)
          .values({
            ...{ projectId, organizationId, ownerId, name, provider: 'local' as const },
            ...{ desiredState: 'running' as const, appPort: 1 },
          })
          .returning();
        if (!row) throw new Error('no machine');
        return row;
      },
      begin: async () => undefined,
      async ensureReady(workspaceId: string, { signal }: { signal?: AbortSignal }) {
        await sleep(startMs, undefined, { signal });
        await mkdir(machineAt(workspaceId));
        const rest = {
          ...{ sessionId: workspaceId, agentId: workspaceId, organizationId: 'o' },
          ...{ generation: 1, bootId: 'b', machineFingerprint: 'm' },
        };
        const agent = startInlineAgent({ directory: machineAt(workspaceId) });
        hub.attach({ workspaceId, ...rest }, agent.tunnel);
        const [row] = await db.select().from(workspaces).where(eq(workspaces.id, workspaceId));
        if (!row) throw new AppError('not_found');
        return row;
      },
      async settled(workspaceId: string) {
        hub.disconnect(workspaceId, 'stopped');
        await rm(machineAt(workspaceId), { recursive: true, force: true });
      },
    };
  }

  /** A replica of the control plane, as far as builds are concerned. */
  async function replica({
    isStarted = true,
    startMs = 0,
    ...others
  }: { isStarted?: boolean; startMs?: number } & Partial<PipelinesDeps> = {}) {
    const [row] = await db.insert(replicas).values({ address: null }).returning();
    if (!row) throw new Error('no replica');
    const hub = createAgentHub({
      clock: systemClock,
      onEvents: async () => undefined,
      onError: () => undefined,
    });
    const pipelines = createPipelines({
      ...{ db, agents: hub, workspaces: createMachines(hub, startMs), replicaId: row.id },
      ...{ atOnce: 2, jobsAtOnce: 2 },
      source: createProjectSource({
        ...{ repositories: repositories(), git, searchPath: process.env['PATH'] ?? '' },
      }),
      audit: createAudit(db),
      clock: { ...systemClock, now: () => new Date((now += 1)) },
      publish: async (_topic, event) => events.push(event),
      findProject: async (organizationId, handle) => {
        if (organizationId !== tenant.organizationId) throw new AppError('not_found');
        return { id: handle, name: 'App', slug: 'app' };
      },
      placeOf: async () => ({ provider: 'local', hasImages: false, settings: DEFAULT_SETTINGS }),
      secretsOf: async () => [SECRET],
      images: unusedImages(),
      registry: undefined,
      collect: async () => undefined,
      deploy: async () => ({ ok: true, words: `The app is online: ${SECRET.value}` }),
      onFinished: () => undefined,
      onUse: () => undefined,
      onError: (error) => {
        throw error;
      },
      ...others,
    });
    open.push({ pipelines, hub });
    if (isStarted) {
      await database.listen(PIPELINES_CHANNEL, pipelines.onNotice, pipelines.onNotice);
      pipelines.start();
    }
    return { id: row.id, hub, ...pipelines };
  }

  /** A project whose newest commit on `main` has these files; returns its id. */
  async function project(files: Readonly<Record<string, string>>): Promise<string> {
    const projectId = await seedProject(db, tenant);
    await commit(projectId, files);
    return projectId;
  }

  async function commit(
    projectId: string,
    files: Readonly<Record<string, string>>,
  ): Promise<string> {
    const folder = await mkdtemp(path.join(directory, 'work-'));
    const inFolder = (...args: string[]) =>
      run('git', ['-c', 'user.name=U', '-c', 'user.email=u@x', ...args], { cwd: folder });
    for (const [name, text] of Object.entries(files))
      await writeFile(path.join(folder, name), text);
    await inFolder('init', '--quiet', '--initial-branch=main');
    await inFolder('add', '.');
    await inFolder('commit', '--quiet', '-m', 'Change it');
    const bare = await repositories().ensure(projectId);
    await inFolder('push', '--quiet', '--force', bare, 'main');
    return (await inFolder('rev-parse', 'HEAD')).stdout.trim();
  }

  const asked = (handle: string, build = 'latest', principal?: Principal) => ({
    ...{ principal: principal ?? tenant.principal, handle, build, correlationId: 'test-build' },
  });

  return {
    ...{ SECRET, PATIENCE, replica, project, commit, asked, events, machineAt },
    get db() {
      return db;
    },
    get tenant() {
      return tenant;
    },

    /** Waits for the end of the newest build. */
    async ended(service: Pipelines['service'], handle: string, timeout = PATIENCE.timeout) {
      const newest = () => service.get(asked(handle));
      await expect
        .poll(async () => isFinished((await newest()).status), { ...PATIENCE, timeout })
        .toBe(true);
      return newest();
    },

    async logOf(service: Pipelines['service'], handle: string): Promise<string> {
      const { items } = await service.log(asked(handle), { after: 0, limit: 200 });
      return items.map(({ text }) => text).join('');
    },

    machines: () => readdir(path.join(directory, 'machines')),
  };
}

function unusedImages() {
  const unused = () => Promise.reject(new Error('no image is made here'));
  return {
    build: unused,
    push: unused,
    keepNewest: unused,
    projects: async () => new Set<string>(),
  };
}
