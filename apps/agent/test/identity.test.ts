import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  AckSchema,
  RotationHelloSchema,
  RotationProofSchema,
} from '@spt-flow/shared/agent-protocol/handshake';
import type { ProvenAgent } from '@spt-flow/tunnel/handshake/server';
import { grantJoinState } from '@spt-flow/tunnel/handshake/join-state';
import { runServerRotation } from '@spt-flow/tunnel/handshake/rotation-server';
import { createStreamPort } from '@spt-flow/tunnel/stream-port';
import { useBuiltAgent } from './support/build.ts';
import {
  startControlPlane,
  type ConnectedAgent,
  type ControlPlane,
} from './support/control-plane.ts';
import { createProject, type Project } from './support/project.ts';
import { exec, responseOf } from './support/rig.ts';

const EPOCH = 1;

const built = useBuiltAgent({ executable: true });
let controlPlane: ControlPlane;
let project: Project;
const children: ChildProcess[] = [];

beforeEach(async () => {
  controlPlane = await startControlPlane();
  project = await createProject({});
});
afterEach(async () => {
  await Promise.all(children.splice(0).map(end));
  await controlPlane.stop();
  await rm(project.root, { recursive: true, force: true });
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

interface Launch {
  readonly argv?: readonly string[];
  readonly state?: string;
  readonly directory?: string;
  readonly token?: string;
  readonly binding?: string;
}

function launch(options: Launch = {}): ChildProcess {
  const { state = project.state, directory = project.directory } = options;
  const { token = controlPlane.token, binding = '' } = options;
  const [file = '', ...args] = options.argv ?? [process.execPath, join(built.folder, 'agent.cjs')];
  const child = spawn(file, args, {
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'] ?? '',
      SPT_FLOW_AGENT_URL: controlPlane.url,
      SPT_FLOW_AGENT_TOKEN: token,
      SPT_FLOW_AGENT_SERVER_KEY: controlPlane.keyId,
      SPT_FLOW_AGENT_STATE_DIR: state,
      SPT_FLOW_AGENT_PROJECT_DIR: directory,
      SPT_FLOW_AGENT_CHANNEL_BINDING: binding,
    },
  });
  children.push(child);
  return child;
}

function identityFile(): string {
  return join(project.state, 'identity.json');
}

async function isServing({ tunnel }: ConnectedAgent): Promise<boolean> {
  return (await exec(tunnel, { argv: ['echo', 'here'] })).out === 'here\n';
}

/** Those that were killed with their handshake done are passed over. */
async function nextServing(): Promise<ConnectedAgent> {
  for (;;) {
    const agent = await controlPlane.nextAgent();
    if (await isServing(agent).catch(() => false)) return agent;
  }
}

async function rotate({ tunnel, proven }: ConnectedAgent): Promise<ProvenAgent> {
  const stream = tunnel.open({ method: 'identity.rotate' });
  expect(await responseOf(stream)).toEqual({ ok: true });
  return runServerRotation({
    ...{ port: createStreamPort(stream), agent: proven, controlPlaneEpoch: EPOCH },
    ...controlPlane,
    parse: {
      hello: (value) => RotationHelloSchema.parse(value),
      proof: (value) => RotationProofSchema.parse(value),
      ack: (value) => AckSchema.parse(value),
    },
  });
}

function keys(agentId: string): string[] {
  return Object.values(controlPlane.store.agents.get(agentId)?.keys ?? {});
}

/** As if the process had never been told to stop. */
async function restart(child: ChildProcess): Promise<ConnectedAgent> {
  await end(child);
  launch();
  return controlPlane.nextAgent();
}

describe('an agent that is killed during a handshake', () => {
  it.each(['hello', 'challenge', 'proof', 'welcome', 'ack'])(
    'at its %s comes back as the same agent, without an alarm, before and after it has joined',
    async (fatal) => {
      for (const _ of ['joining', 'coming back']) {
        const child = launch();
        controlPlane.onMessage = (type) => {
          if (type === fatal) child.kill('SIGKILL');
        };
        await once(child, 'exit');
        controlPlane.onMessage = () => undefined;
      }

      launch();
      await nextServing();

      expect(controlPlane.store.agents.size).toBe(1);
      expect(controlPlane.refusals.filter((text) => text.includes('_generation'))).toEqual([]);
    },
  );
});

describe('an agent that is connected', () => {
  it('changes its key while requests go on, and comes back with the next one', async () => {
    const child = launch();
    const agent = await controlPlane.nextAgent();

    const { keyId } = await rotate(agent);

    expect(await isServing(agent)).toBe(true);
    expect(keys(agent.agentId)).toEqual(['retired', 'current']);
    expect(await restart(child)).toMatchObject({ agentId: agent.agentId, proven: { keyId } });
  });

  it.each(['challenge', 'proof', 'welcome', 'ack'])(
    'comes back when it was killed at the %s of a change of its key',
    async (step) => {
      const child = launch();
      const agent = await controlPlane.nextAgent();
      const stream = agent.tunnel.open({ method: 'identity.rotate' });
      await responseOf(stream);
      const port = createStreamPort(stream);
      const killAt = (type: string) => {
        if (type === step) child.kill('SIGKILL');
      };
      await runServerRotation({
        ...{ ...controlPlane, agent: agent.proven, controlPlaneEpoch: EPOCH },
        port: {
          next: port.next,
          send(message) {
            port.send(message);
            if ('type' in message) killAt(String(message.type).replace('rotation-', ''));
          },
        },
        parse: {
          hello: (value) => RotationHelloSchema.parse(value),
          proof: (value) => (killAt('proof'), RotationProofSchema.parse(value)),
          ack: (value) => (killAt('ack'), AckSchema.parse(value)),
        },
      }).catch(() => undefined);
      await end(child);

      launch();
      const back = await nextServing();

      expect(back.agentId).toBe(agent.agentId);
      expect(keys(agent.agentId)).toContain('current');
    },
  );

  it('offers another key once one was not taken', async () => {
    launch();
    const agent = await controlPlane.nextAgent();
    vi.spyOn(controlPlane.store, 'stageKey').mockResolvedValueOnce(undefined);
    await expect(rotate(agent)).rejects.toMatchObject({ code: 'refused' });
    await vi.waitFor(async () =>
      expect(JSON.parse(await readFile(identityFile(), 'utf8'))).not.toHaveProperty('nextKey'),
    );

    await rotate(agent);

    expect(keys(agent.agentId)).toEqual(['retired', 'current']);
  });

  it('takes a newer state in place of the one that a copy of its disk has', async () => {
    const child = launch();
    const agent = await controlPlane.nextAgent();
    const { agentId, proven } = agent;
    const generation = await controlPlane.store.stageGeneration(agentId, proven.sessionId);
    const subject = { agentId, keyId: proven.keyId, generation: generation ?? 0 };
    const joinState = grantJoinState({ ...controlPlane, controlPlaneEpoch: EPOCH }, subject);

    const renewed = agent.tunnel.open({ method: 'identity.renew', joinState });
    expect(await responseOf(renewed)).toEqual({ ok: true });
    await controlPlane.store.finishGeneration(agentId, proven.sessionId, subject.generation);

    expect(await restart(child)).toMatchObject({ agentId });
    expect(controlPlane.refusals.join()).not.toContain('generation');
  });

  it('takes no state that is older, of another key or signed by somebody else', async () => {
    launch();
    const agent = await controlPlane.nextAgent();
    const { agentId, proven } = agent;
    const before = await readFile(identityFile(), 'utf8');
    const signer = { ...controlPlane, controlPlaneEpoch: EPOCH };
    const good = grantJoinState(signer, { agentId, keyId: proven.keyId, generation: 9 });

    for (const joinState of [
      grantJoinState(signer, { agentId, keyId: proven.keyId, generation: 1 }),
      grantJoinState(signer, { agentId, keyId: 'A'.repeat(43), generation: 9 }),
      grantJoinState(signer, { agentId: randomUUID(), keyId: proven.keyId, generation: 9 }),
      { ...good, generation: 10 },
    ]) {
      const stream = agent.tunnel.open({ method: 'identity.renew', joinState });
      expect(await responseOf(stream)).toMatchObject({ ok: false });
    }
    expect(await readFile(identityFile(), 'utf8')).toBe(before);
  });
});

describe('a copy of a machine', () => {
  it('becomes an agent of its own with a token for a fork', async () => {
    const child = launch();
    const original = await controlPlane.nextAgent();
    await end(child);
    const state = join(project.root, 'copied-state');
    const directory = join(project.root, 'copied-project');
    await cp(project.state, state, { recursive: true });
    await cp(project.directory, directory, { recursive: true });
    const token = `sptf_fork_${'x'.repeat(40)}`;
    const workspaceId = randomUUID();
    controlPlane.store.issue(token, { mode: 'fork', channelBinding: 'none', workspaceId });

    launch({ state, directory, token });
    const fork = await controlPlane.nextAgent();
    launch();
    const again = await controlPlane.nextAgent();

    expect(fork).toMatchObject({ mode: 'fork', proven: { workspaceId } });
    expect(fork.agentId).not.toBe(original.agentId);
    expect(again.agentId).toBe(original.agentId);
    expect([await isServing(fork), await isServing(again)]).toEqual([true, true]);
  });
});

describe.each([
  ['on Node', () => [process.execPath, join(built.folder, 'agent.cjs')]],
  ['as the executable', () => [join(built.folder, 'spt-flow-agent')]],
])('an agent %s with inner-kx', (_name, argv) => {
  it('joins, serves and comes back', async () => {
    await controlPlane.stop();
    controlPlane = await startControlPlane({ channelBinding: 'inner-kx' });
    const options = { argv: argv(), binding: 'inner-kx' };
    const child = launch(options);
    const joined = await controlPlane.nextAgent();
    expect(joined.proven.sealing).toBeDefined();
    expect(await isServing(joined)).toBe(true);
    await end(child);

    launch({ ...options, binding: 'none' });
    const back = await controlPlane.nextAgent();

    expect(back).toMatchObject({ agentId: joined.agentId, mode: 'auth' });
    expect(back.proven.link.channelBinding).toBe('inner-kx');
    expect(await isServing(back)).toBe(true);
  });
});
