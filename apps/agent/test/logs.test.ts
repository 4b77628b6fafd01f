import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  AgentEventSchema,
  EventsStartedSchema,
  type AgentEvent,
  type SpoolPosition,
} from '@spt-flow/shared/agent-protocol/events';
import type { Tunnel, TunnelStream } from '@spt-flow/tunnel/types';
import { useBuiltAgent } from './support/build.ts';
import { startControlPlane, type ControlPlane } from './support/control-plane.ts';
import { changeSet, createProject, writeEdit, type Project } from './support/project.ts';
import { createRig, responseOf } from './support/rig.ts';
import { waitUntil } from './support/wait.ts';

/** Each run tells its process, then counts, and leaves how far it came. */
const COUNTING =
  'i=0; while :; do i=$((i+1)); echo "$$:$i"; echo $i > "count-$$"; echo $$ > current; sleep 0.01; done';

type LogEvent = Extract<AgentEvent, { type: 'log' }>;

const built = useBuiltAgent();
let controlPlane: ControlPlane;
let project: Project;
const children: ChildProcess[] = [];

beforeEach(async () => {
  controlPlane = await startControlPlane();
  project = await createProject({});
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  await controlPlane.stop();
  await rm(project.root, { recursive: true, force: true });
});

function start(): ChildProcess {
  const child = spawn(process.execPath, [join(built.folder, 'agent.cjs')], {
    env: {
      PATH: process.env['PATH'] ?? '',
      SPT_FLOW_AGENT_URL: controlPlane.url,
      SPT_FLOW_AGENT_TOKEN: controlPlane.token,
      SPT_FLOW_AGENT_SERVER_KEY: controlPlane.keyId,
      SPT_FLOW_AGENT_STATE_DIR: project.state,
      SPT_FLOW_AGENT_PROJECT_DIR: project.directory,
    },
    stdio: ['ignore', 'inherit', 'ignore'],
  });
  children.push(child);
  return child;
}

interface Followed {
  readonly spool: string;
  readonly stream: TunnelStream;
  readonly lines: LogEvent[];
}

async function follow(tunnel: Tunnel, stored?: SpoolPosition): Promise<Followed> {
  const stream = tunnel.open({ method: 'events', ...(stored && { stored }) });
  const lines: LogEvent[] = [];
  let rest = '';
  stream.on('error', () => undefined);
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    const documents = `${rest}${chunk}`.split('\n');
    rest = documents.pop() ?? '';
    for (const document of documents) {
      const event = AgentEventSchema.parse(JSON.parse(document));
      if (event.type === 'log') lines.push(event);
    }
  });
  const head = await responseOf(stream);
  const { spool } = EventsStartedSchema.parse(head.ok ? head.data : undefined);
  return { spool: spool ?? '', stream, lines };
}

function ofApp({ lines }: Pick<Followed, 'lines'>): string[] {
  return lines.filter(({ source }) => source === 'app').map(({ text }) => text);
}

async function current(): Promise<string> {
  return (await readFile(join(project.directory, 'current'), 'utf8').catch(() => '')).trim();
}

async function counted(pid: string): Promise<number> {
  const path = join(project.directory, `count-${pid}`);
  return Number(await readFile(path, 'utf8').catch(() => ''));
}

describe('log lines', () => {
  it('of the time without a control plane, and of an agent that was killed in it, arrive once and in order', async () => {
    const first = start();
    const { tunnel } = await controlPlane.nextAgent();
    const before = await follow(tunnel);
    tunnel.open({ method: 'process.start', name: 'app', command: COUNTING, env: {} });
    await waitUntil(() => ofApp(before).length >= 5);
    const stored = before.lines.at(-1)?.seq ?? 0;
    before.stream.write(`${JSON.stringify({ stored })}\n`);
    const pid = await current();

    await controlPlane.stop();
    const away = await counted(pid);
    await waitUntil(async () => (await counted(pid)) > away + 20);
    first.kill('SIGKILL');
    await once(first, 'exit');
    start();
    await waitUntil(async () => (await current()) !== pid && (await counted(await current())) > 5);
    await controlPlane.listen();
    const after = await follow((await controlPlane.nextAgent()).tunnel, {
      spool: before.spool,
      seq: stored,
    });
    const later = await current();
    await waitUntil(() => ofApp(after).filter((text) => text.startsWith(later)).length > 5);

    expect(after.spool).toBe(before.spool);
    const seqs = after.lines.map(({ seq = 0 }) => seq);
    expect(seqs).toEqual(seqs.map((_seq, index) => stored + 1 + index));
    const known = before.lines.filter(({ seq = 0 }) => seq <= stored);
    const arrived = [...ofApp({ lines: known }), ...ofApp(after)];
    const run = arrived.filter((text) => text.startsWith(`${pid}:`));
    expect(run).toEqual(run.map((_text, index) => `${pid}:${index + 1}`));
    expect(run.length).toBeGreaterThan(away + 15);
  }, 60_000);

  it('that were not acknowledged arrive again on the next connection', async () => {
    start();
    const { tunnel } = await controlPlane.nextAgent();
    const before = await follow(tunnel);
    tunnel.open({ method: 'process.start', name: 'app', command: COUNTING, env: {} });
    await waitUntil(() => ofApp(before).length >= 10);
    const [, , third] = before.lines.filter(({ source }) => source === 'app');
    await controlPlane.stop();
    await controlPlane.listen();

    const position = { spool: before.spool, seq: third?.seq ?? 0 };
    const after = await follow((await controlPlane.nextAgent()).tunnel, position);
    await waitUntil(() => ofApp(after).length >= 7);

    const pid = await current();
    expect(ofApp(after).slice(0, 7)).toEqual([4, 5, 6, 7, 8, 9, 10].map((n) => `${pid}:${n}`));
  }, 60_000);
});

describe('a change set', () => {
  it('and its build have the correlation id of the request in the log', async () => {
    const rig = await createRig(built.folder, { 'a.txt': 'old' });
    const stream = rig.tunnel.open({ method: 'change-set.apply', correlationId: 'operation-1' });
    const build = { command: 'echo building', timeoutMs: 30_000 };
    const request = changeSet({ edits: [writeEdit('a.txt', 'new')], build });
    stream.end(JSON.stringify(request));
    stream.resume();
    await stream.trailers;
    await rig.close();

    const lines = rig.events.filter((event) => event.type === 'log');
    const ofBuild = lines.filter(({ source }) => source === 'build');
    expect(ofBuild.map(({ text, correlationId }) => [text, correlationId])).toEqual([
      ['building', 'operation-1'],
      [`Change set ${request.id} committed`, 'operation-1'],
    ]);
  }, 60_000);
});
