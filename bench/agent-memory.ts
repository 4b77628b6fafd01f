import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { withEnds } from './harness/ends.ts';
import { findAgent } from './harness/find-agent.ts';
import { toMetric, type Goal, type Metric } from './harness/metric.ts';
import { compileNative, startSink, transfer } from './harness/native.ts';
import { memoryOf } from './harness/proc.ts';
import { progress, runBench } from './harness/program.ts';
import { runInTerminal } from './harness/sockets.ts';
import { createProject, withSubject, workspaceOf } from './harness/subject.ts';
import { startProductTunnel } from './harness/tunnel-path.ts';

const MIB = 1024 * 1024;
/** Memory that was only needed to start is given back within seconds. */
const SETTLE_MS = 10_000;
const BULK_BYTES = 100_000_000;
const LIMIT_MIB = 50;
/** What moving bytes may cost above a bare Node. */
const BULK_ABOVE_BARE_MIB = 28;
/** Moved in each direction through the tunnel. */
const TUNNEL_BYTES = 150_000_000;
const EXECUTABLE_IDLE_MIB = 40;
const EXECUTABLE_AFTER_BULK_MIB = 50;

interface Memory {
  readonly rssMib: number;
  readonly privateMib: number;
}

await runBench('agent-memory', () =>
  withSubject(async (subject) => {
    const bare = await memoryOfCommand(['-e', 'setInterval(() => {}, 1e9)'], {});
    const unconnected = await memoryOfUnconnectedAgent();
    const project = await createProject(subject, 'agent memory');
    const workspaceId = workspaceOf(project);
    const agent = findAgent(subject.product.pid);
    const connected = await settled(agent);
    progress('Opening a terminal');
    await runInTerminal(subject, workspaceId, 'true');
    const afterTerminal = await settled(agent);
    progress('Moving 100 MB');
    const bytes = await runInTerminal(
      subject,
      workspaceId,
      `head -c ${BULK_BYTES} /dev/zero | tr '\\0' x`,
    );
    if (bytes < BULK_BYTES) throw new Error(`Only ${bytes} bytes arrived`);
    const atEndOfBulk = read(agent);
    const afterBulk = await settled(agent);
    const limit: Goal = { of: 'value', atMost: LIMIT_MIB };
    const bulk: Goal = { of: 'value', atMost: Math.round(bare.rssMib + BULK_ABOVE_BARE_MIB) };
    return [
      ...figures('unconnected', { agent: unconnected, bare, goal: limit }),
      ...figures('connected', { agent: connected, bare, goal: limit }),
      ...figures('after-terminal', { agent: afterTerminal, bare, goal: limit }),
      ...figures('at-end-of-100-MB', { agent: atEndOfBulk, bare, goal: bulk }),
      ...figures('after-100-MB', { agent: afterBulk, bare, goal: bulk }),
      ...(await figuresOfExecutable()),
    ];
  }),
);

function figures(
  when: string,
  { agent, bare, goal }: { agent: Memory; bare: Memory; goal: Goal },
): Metric[] {
  const about = { unit: 'MiB', peer: 'bare node', goal };
  return [
    toMetric([{ product: agent.rssMib, peer: bare.rssMib }], { ...about, metric: `rss-${when}` }),
    toMetric([{ product: agent.privateMib, peer: bare.privateMib }], {
      ...about,
      metric: `private-${when}`,
    }),
  ];
}

/** The executable beside the bundle on Node.js, each at the end of a WSS tunnel. */
async function figuresOfExecutable(): Promise<Metric[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'spt-flow-agent-'));
  try {
    const build = [path.resolve('apps/agent/build.mjs'), '--executable', '--out', folder];
    await promisify(execFile)(process.execPath, build);
    await compileNative();
    progress('Moving 300 MB through each of two tunnels');
    const [product, peer] = await Promise.all([
      memoryInTunnel({ agent: [path.join(folder, 'spt-flow-agent')] }),
      memoryInTunnel({}),
    ]);
    return [
      toExecutableMetric('idle', { product, peer, atMost: EXECUTABLE_IDLE_MIB }),
      toExecutableMetric('after-bulk', { product, peer, atMost: EXECUTABLE_AFTER_BULK_MIB }),
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

type InTunnel = Record<'idle' | 'after-bulk', Memory>;

function toExecutableMetric(
  when: keyof InTunnel,
  { product, peer, atMost }: { product: InTunnel; peer: InTunnel; atMost: number },
): Metric {
  return toMetric([{ product: product[when].rssMib, peer: peer[when].rssMib }], {
    metric: `executable-rss-${when}`,
    unit: 'MiB',
    peer: 'on Node.js',
    goal: { of: 'value', atMost },
  });
}

function memoryInTunnel(options: { agent?: readonly string[] }): Promise<InTunnel> {
  return withEnds(async (keep) => {
    const sink = await keep(startSink());
    const tunnel = { targetPort: sink.port, tls: true, ...options };
    const { port, agentPid } = await keep(startProductTunnel(tunnel));
    const idle = await settled(agentPid);
    for (const direction of ['down', 'up'] as const)
      await transfer(port, { direction, bytes: TUNNEL_BYTES });
    return { idle, 'after-bulk': await settled(agentPid) };
  });
}

/** Nothing answers at the discard port, so it keeps trying with growing pauses. */
async function memoryOfUnconnectedAgent(): Promise<Memory> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'spt-flow-agent-'));
  const [state, project] = [path.join(folder, 'state'), path.join(folder, 'project')];
  try {
    await mkdir(project);
    return await memoryOfCommand([path.resolve('apps/agent/dist/agent.cjs')], {
      SPT_FLOW_AGENT_URL: 'http://127.0.0.1:9',
      SPT_FLOW_AGENT_TOKEN: 'x'.repeat(32),
      SPT_FLOW_AGENT_SERVER_KEY: 'A'.repeat(43),
      SPT_FLOW_AGENT_STATE_DIR: state,
      SPT_FLOW_AGENT_PROJECT_DIR: project,
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function memoryOfCommand(
  args: readonly string[],
  env: Record<string, string>,
): Promise<Memory> {
  const child = spawn(process.execPath, args, { env, stdio: 'ignore' });
  try {
    return await settled(child.pid ?? 0);
  } finally {
    const ended = child.exitCode === null && once(child, 'exit');
    child.kill();
    await ended;
  }
}

async function settled(pid: number): Promise<Memory> {
  await sleep(SETTLE_MS);
  return read(pid);
}

function read(pid: number): Memory {
  const { rssBytes, privateBytes } = memoryOf(pid);
  return { rssMib: rssBytes / MIB, privateMib: privateBytes / MIB };
}
