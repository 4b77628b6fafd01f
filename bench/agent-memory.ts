import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { toMetric, type Goal, type Metric } from './harness/metric.ts';
import { memoryOf } from './harness/proc.ts';
import { progress, runBench } from './harness/program.ts';
import { runInTerminal } from './harness/sockets.ts';
import { createProject, withSubject, workspaceOf } from './harness/subject.ts';

const MIB = 1024 * 1024;
/** Memory that was only needed to start is given back within seconds. */
const SETTLE_MS = 10_000;
const BULK_BYTES = 100_000_000;
const LIMIT_MIB = 50;
/** What moving bytes may cost above a bare Node. */
const BULK_ABOVE_BARE_MIB = 28;

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

/** Nothing answers at the discard port, so it keeps trying with growing pauses. */
async function memoryOfUnconnectedAgent(): Promise<Memory> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'spt-flow-agent-'));
  try {
    return await memoryOfCommand([path.resolve('apps/agent/dist/agent.cjs')], {
      SPT_FLOW_AGENT_URL: 'http://127.0.0.1:9',
      SPT_FLOW_AGENT_TOKEN: 'x'.repeat(32),
      SPT_FLOW_AGENT_SERVER_KEY: 'A'.repeat(43),
      SPT_FLOW_AGENT_STATE_DIR: folder,
      SPT_FLOW_AGENT_PROJECT_DIR: folder,
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
    const ended = once(child, 'exit');
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

/** findAgent looks below the control plane for the resident agent, not for its helpers or its sandbox. */
function findAgent(ancestor: number): number {
  const agents = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => isAgent(pid) && hasAncestor(pid, ancestor));
  const [agent, ...others] = agents;
  if (agent === undefined || others.length > 0)
    throw new Error(`Found ${agents.length} agents instead of one`);
  return agent;
}

function isAgent(pid: number): boolean {
  const [program = '', ...args] = readProc(pid, 'cmdline').split('\0');
  const isHelper = args.includes('pty-host') || args.includes('stage');
  return (
    /(^|\/)(node|bun|spt-flow-agent)$/.test(program) &&
    args.some((arg) => arg.endsWith('agent.cjs')) &&
    !isHelper
  );
}

function hasAncestor(pid: number, ancestor: number): boolean {
  if (pid === ancestor) return true;
  const parent = Number(/^PPid:\s+(\d+)/m.exec(readProc(pid, 'status'))?.[1] ?? 0);
  return parent > 1 && hasAncestor(parent, ancestor);
}

function readProc(pid: number, file: 'cmdline' | 'status'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It ended meanwhile.
    return '';
  }
}
