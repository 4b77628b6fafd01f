import { execFile } from 'node:child_process';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { changeSetRoutes } from '@spt-flow/shared/api/change-sets';
import { devcontainerRoutes } from '@spt-flow/shared/api/devcontainers';
import { workspaceRoutes, type Workspace } from '@spt-flow/shared/api/workspaces';
import { ensureBaseImage } from '../scripts/lib/base-image.mjs';
import { requireEngine } from '../scripts/lib/container-engine.mjs';
import { UNDISTURBED } from './harness/engine-subject.ts';
import { measurePairs } from './harness/measure-pairs.ts';
import { toMetric } from './harness/metric.ts';
import { progress, runBench } from './harness/program.ts';
import { createProject, withSubject, workspaceOf, type Subject } from './harness/subject.ts';

const PAIRS = 6;
const POLL_MS = 10;
const PATIENCE_MS = 60_000;
const run = promisify(execFile);
const FILE = '.devcontainer/devcontainer.json';

/** A workspace of a devcontainer that is made anew, started and running, against `devcontainer up` of the same file. */
await runBench('devcontainer', async () => {
  const { socket } = await requireEngine();
  const image = await ensureBaseImage({ socket });
  const DOCKER_HOST = `unix://${socket}`;
  const env = {
    DOCKER_HOST,
    SPT_FLOW_WORKSPACE_PROVIDER: 'docker',
    SPT_FLOW_WORKSPACE_IMAGE: image,
  };
  const config = JSON.stringify({ image });
  const reference = await createReference(config, DOCKER_HOST);
  try {
    return await withSubject((subject) => measure(subject, { config, reference }), { env });
  } finally {
    await reference.remove();
  }
});

interface Sides {
  readonly config: string;
  readonly reference: Awaited<ReturnType<typeof createReference>>;
}

async function measure(subject: Subject, { config, reference }: Sides) {
  const project = await createProject(subject, 'devcontainer');
  const params = { handle: workspaceOf(project) };
  await subject.api.call(changeSetRoutes.apply, {
    params,
    body: { summary: 'Add it', edits: [{ action: 'write', path: FILE, text: config }] },
  });
  const { api } = subject;
  const until = (state: Workspace['actualState']) => untilState(subject, params.handle, state);
  const rebuild = async () => {
    await onceFree(() => api.call(devcontainerRoutes.rebuild, { params }));
    await until('running');
  };
  const start = async () => {
    await api.call(workspaceRoutes.start, { params });
    await until('running');
  };
  const stop = async () => {
    await api.call(workspaceRoutes.stop, { params });
    await until('stopped');
  };
  await rebuild();
  const { problem } = await api.call(devcontainerRoutes.get, { params });
  if (problem) throw new Error(problem.message);

  const compare = (product: () => Promise<number>, peer: () => Promise<number>) =>
    measurePairs({ product, peer }, { pairs: PAIRS, disturbance: UNDISTURBED });
  const timedStart = async () => {
    await stop();
    return timed(start);
  };
  progress('Measuring');
  const cold = await compare(
    () => timed(rebuild),
    () => timed(reference.upAnew),
  );
  const container = await compare(timedStart, () => timed(reference.upAnew));
  const stopped = await compare(timedStart, async () => {
    await reference.stop();
    return timed(reference.up);
  });
  const running = await compare(
    () => timed(start),
    () => timed(reference.up),
  );
  const about = { unit: 'ms', peer: 'devcontainer up' };
  const goal = { of: 'ratio', atMost: 1 } as const;
  return [
    toMetric(cold, { ...about, metric: 'cold', goal }),
    toMetric(stopped, { ...about, metric: 'stopped', goal }),
    toMetric(running, { ...about, metric: 'running', goal }),
    toMetric(container, {
      ...{ ...about, metric: 'container-start' },
      goal: { of: 'ratio', atMost: 0.6 },
    }),
  ];
}

/** A workspace that runs may not be done with its start for a moment. */
async function onceFree(ask: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'workspace_busy'))
        throw error;
      await sleep(POLL_MS);
    }
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

async function untilState(
  { api }: Subject,
  handle: string,
  state: Workspace['actualState'],
): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (performance.now() < deadlineMs) {
    const workspace = await api.call(workspaceRoutes.get, { params: { handle } });
    if (workspace.actualState === state) return;
    await sleep(POLL_MS);
  }
  throw new Error(`The workspace did not become ${state}`);
}

/** The reference implementation, on a folder of its own. */
async function createReference(config: string, dockerHost: string) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'spt-flow-bench-devcontainer-'));
  await mkdir(path.join(folder, '.devcontainer'));
  await writeFile(path.join(folder, FILE), config);
  const cli = createRequire(import.meta.url).resolve('@devcontainers/cli/devcontainer.js');
  const env = { ...process.env, DOCKER_HOST: dockerHost };
  const label = `spt-flow.bench=${path.basename(folder)}`;
  const up = (...more: string[]) =>
    run(process.execPath, [cli, 'up', '--workspace-folder', folder, '--id-label', label, ...more], {
      env,
    });
  const containers = async () => {
    const { stdout } = await run('docker', ['ps', '-aq', '--filter', `label=${label}`], { env });
    return stdout.split('\n').filter((id) => id !== '');
  };
  return {
    up: () => up(),
    upAnew: () => up('--remove-existing-container'),
    stop: async () => run('docker', ['stop', '--time', '0', ...(await containers())], { env }),
    async remove(): Promise<void> {
      const found = await containers();
      if (found.length > 0) await run('docker', ['rm', '--force', ...found], { env });
      await rm(folder, { recursive: true });
    },
  };
}
