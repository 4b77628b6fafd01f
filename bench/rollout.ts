import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createTestReleases } from '@spt-flow/releases/testing/release-folder';
import { agentUpdateRoutes, type AgentRollout } from '@spt-flow/shared/api/agent-updates';
import { prepareEnrolment } from './harness/enrolment.ts';
import { startFleet } from './harness/fleet.ts';
import { toMetric, type Metric } from './harness/metric.ts';
import { progress, runBench } from './harness/program.ts';
import { withSubject, type Subject } from './harness/subject.ts';

const SERVER_CORE = 0;
const CLIENT_CORE = 1;
const AGENTS = 1_000;
const PROCESSES = 2;
const AT_ONCE = 8;
const JOIN_PATIENCE_MS = 180_000;
const ROLLOUT_PATIENCE_MS = 1_200_000;
const POLL_MS = 500;
const PLATFORM = 'linux-x64';
/** Of a script that says its version: what a real one has more is bounded by `--agent-update-megabytes`. */
const PROGRAM_BYTES = 256 * 1024;

/**
 * A signed version brought to 1,000 agents in stages, and one that somebody has changed where it lies. The peer copies,
 * hashes and runs as many programs, and asks nobody.
 */
await runBench('rollout', () =>
  withSubject(
    async (subject) => {
      const data = subject.product.dataDirectory;
      const releases = await createTestReleases(path.join(data, 'releases'));
      await releases.release({ version: '0.2.0', programs: { [PLATFORM]: program('0.2.0') } });
      const root = await readFile(path.join(releases.folder, 'metadata/1.root.json'), 'utf8');
      progress('Preparing workspaces and tokens');
      const { tokens, serverKey } = await prepareEnrolment(subject, AGENTS);
      const each = AGENTS / PROCESSES;
      const renewal = { root, folder: path.join(data, 'machines') };
      const url = subject.product.origin.replace('localhost', '127.0.0.1');
      progress('Connecting');
      const fleet = startFleet(
        Array.from({ length: PROCESSES }, (_, index) => ({
          type: 'agents',
          ...{ url, serverKey, renewal },
          tokens: tokens.slice(index * each, (index + 1) * each),
        })),
        CLIENT_CORE,
      );
      try {
        await fleet.untilConnected(AGENTS, JOIN_PATIENCE_MS);
        progress('Rolling 0.2.0 out');
        const good = await rollOut(subject, '0.2.0');
        const bare = await copyAll(path.join(data, 'copies'), await programOf(releases.folder));
        await releases.release({ version: '0.3.0', programs: { [PLATFORM]: program('0.3.0') } });
        await change(releases.folder);
        progress('Rolling 0.3.0 out, which was changed');
        const bad = await rollOut(subject, '0.3.0');
        const running = await subject.api.call(agentUpdateRoutes.releases, {});
        const kept = running.versions.find(({ version }) => version === '0.2.0')?.agents ?? 0;
        return figures({ good, bare, bad, kept });
      } finally {
        await fleet.stop();
      }
    },
    { core: SERVER_CORE },
  ),
);

interface RolledOut {
  readonly rollout: AgentRollout;
  readonly seconds: number;
}

async function rollOut({ api }: Subject, version: string): Promise<RolledOut> {
  const startedMs = performance.now();
  const { id } = await api.call(agentUpdateRoutes.create, { body: { version } });
  for (;;) {
    const rollout = await api.call(agentUpdateRoutes.get, { params: { id } });
    const seconds = (performance.now() - startedMs) / 1_000;
    if (rollout.state !== 'running') return { rollout, seconds };
    if (seconds * 1_000 > ROLLOUT_PATIENCE_MS)
      throw new Error(`Not at its end: ${JSON.stringify(rollout.stages)}`);
    await sleep(POLL_MS);
  }
}

function program(version: string): string {
  return `#!/bin/sh\necho ${version}\nexit\n`.padEnd(PROGRAM_BYTES, '#');
}

async function programOf(folder: string, version = '0.2.0'): Promise<string> {
  const programs = path.join(folder, 'targets', version);
  const [name] = await readdir(programs);
  if (!name) throw new Error(`${version} has no program`);
  return path.join(programs, name);
}

/** The same length, and runs as well: only the hash that was signed tells. */
async function change(folder: string): Promise<void> {
  const file = await programOf(folder, '0.3.0');
  await writeFile(file, (await readFile(file, 'utf8')).replace('##########', '# changed '));
}

async function copyAll(folder: string, file: string): Promise<number> {
  const startedMs = performance.now();
  await mkdir(folder);
  const waiting = Array.from({ length: AGENTS }, (_, index) => path.join(folder, `${index}`));
  const copyOne = async () => {
    for (let copy = waiting.pop(); copy !== undefined; copy = waiting.pop()) {
      await copyFile(file, copy);
      createHash('sha256')
        .update(await readFile(copy))
        .digest();
      await promisify(execFile)('sh', [copy, '--version']);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, copyOne));
  return (performance.now() - startedMs) / 1_000;
}

function figures(measured: {
  good: RolledOut;
  bare: number;
  bad: RolledOut;
  kept: number;
}): Metric[] {
  const { good, bare, bad, kept } = measured;
  const done = (stages: AgentRollout['stages']) =>
    stages.reduce((sum, { counts }) => sum + counts.done, 0);
  const all = { peer: 'agents', unit: 'agents', goal: { of: 'ratio', atLeast: 1 } } as const;
  const asked = bad.rollout.stages.reduce((sum, { counts }) => sum + counts.failed, 0);
  progress(`The changed version: ${bad.rollout.state} after ${asked} agents had refused it`);
  return [
    toMetric([{ product: good.seconds, peer: bare }], {
      ...{ metric: 'all-renewed', unit: 's', peer: 'bare copies' },
      goal: { of: 'value', atMost: 600 },
    }),
    toMetric([{ product: done(good.rollout.stages), peer: AGENTS }], { ...all, metric: 'renewed' }),
    toMetric([{ product: kept, peer: AGENTS }], { ...all, metric: 'kept-from-a-changed-version' }),
  ];
}
