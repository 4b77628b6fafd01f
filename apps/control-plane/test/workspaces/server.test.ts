import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useLifecycle } from './lifecycle.ts';
import { newServerMachine, type JoinSettings, type ServerMachine } from './server-machine.ts';

const PATIENT = { timeout: 20_000, interval: 20 };
const context = useLifecycle();
const { exec, restart } = context;
let machine: ServerMachine;

beforeEach(async () => {
  machine = await newServerMachine();
});
afterEach(() => machine.remove());

async function invite(id: string, ttlMs?: number): Promise<JoinSettings> {
  const { agents, url, serverKey } = context.server.agentsServer;
  const workspace = await context.server.row(id);
  const { token } = await agents.enrolmentTokens.create(
    workspace,
    ttlMs === undefined ? {} : { ttlMs },
  );
  return { url, serverKey, token };
}

/** A server that is asked to run once its invitation is there. */
async function newServer(ttlMs?: number): Promise<{ id: string; join: JoinSettings }> {
  const { organizationId, userId: ownerId } = context.tenant;
  const { service } = context.server.workspaces;
  const { id } = await service.create({
    ...{ organizationId, ownerId, correlationId: 'test', provider: 'server' },
    projectId: await context.newProject(),
    name: `server-${ttlMs ?? 'long'}`,
  });
  const join = await invite(id, ttlMs);
  await service.begin(id, 'test');
  return { id, join };
}

async function joined(): Promise<string> {
  const { id, join } = await newServer();
  await machine.turnOn(join);
  await context.server.untilState(id, 'running');
  return id;
}

function isOnline(id: string): boolean {
  return context.server.agentsServer.agents.hub.isOnline(id);
}

async function stop(id: string): Promise<void> {
  await context.server.workspaces.service.stop(context.tenant.principal, id, 'test');
}

describe('a server', () => {
  it('is waited for until it joins, and then works like any workspace', async () => {
    const { id, join } = await newServer();
    await vi.waitFor(async () =>
      expect((await context.server.transitions(id))[0]?.steps.at(-1)).toMatchObject({
        name: 'Wait for the server',
        state: 'running',
      }),
    );

    await machine.turnOn(join);

    await context.server.untilState(id, 'running');
    expect((await exec(id, 'git symbolic-ref HEAD; pwd')).stdout).toBe(
      `refs/heads/main\n${machine.project}\n`,
    );
    const { service } = context.server.workspaces;
    expect(await service.get(context.tenant.principal, id)).toMatchObject({
      provider: 'server',
      warnings: [expect.stringContaining('a server of your own')],
      agent: { online: true, address: '127.0.0.1' },
    });
    await vi.waitFor(async () =>
      expect((await context.server.transitions(id))[0]?.steps.map(({ name }) => name)).toEqual([
        'Wait for the server',
        'Prepare the project',
        'Check that it answers',
      ]),
    );
  });

  it('is given up once with the reason when nobody joins in time, and joins by a later invitation', async () => {
    const { id } = await newServer(50);

    await context.server.untilState(id, 'failed');
    await context.server.workspaces.service.settled(id);
    expect((await context.server.row(id)).failure).toBe(
      'No server has joined, and the join command has expired',
    );
    expect(await context.server.transitions(id)).toHaveLength(1);

    await machine.turnOn(await invite(id));
    await context.server.untilState(id, 'running');
  });

  it('is not waited for when it is not wanted any more, even in the moment when the wait begins', async () => {
    let stopping: Promise<void> | undefined;
    context.server.onEvent = async (event) => {
      if (event.type === 'transition.changed') await (stopping ??= stop(event.workspaceId));
    };

    const { id } = await newServer();
    await vi.waitFor(() => expect(stopping).toBeDefined());
    await context.server.workspaces.service.settled(id);

    expect(await context.server.transitions(id)).toMatchObject([
      { kind: 'start', failure: 'Dana Developer asked to stop it' },
      { kind: 'stop', failure: 'The server is not connected' },
    ]);
  });

  it('keeps nobody else from starting while it is waited for', async () => {
    for (let count = 0; count < 5; count += 1) await newServer(60_000 + count);

    expect(await context.running()).toBeTypeOf('string');
  });

  it('keeps the files that were there before it joined', async () => {
    await writeFile(path.join(machine.project, 'precious.txt'), 'mine');

    const id = await joined();

    expect(await readdir(machine.project)).toEqual(['precious.txt']);
    expect(await context.server.logTexts(id, 'start')).toContain(
      'The project directory has files already: they stay',
    );
  });
});

describe('a server that is stopped', () => {
  it('stays connected, works for nobody, also after it was turned off and on, until it is started', async () => {
    const id = await joined();
    await stop(id);
    await context.server.untilState(id, 'stopped');
    expect(isOnline(id)).toBe(true);

    await machine.turnOff();
    await machine.turnOn();
    await vi.waitFor(() => expect(isOnline(id)).toBe(true), PATIENT);
    await expect(exec(id, 'true')).rejects.toMatchObject({ code: 'workspace_stopped' });
    expect((await context.server.row(id)).actualState).toBe('stopped');

    await context.server.workspaces.service.start(context.tenant.principal, id, 'test');
    await context.server.untilState(id, 'running');
    expect((await exec(id, 'echo works')).stdout).toBe('works\n');
  });

  it('while it is away is stopped when it comes back', async () => {
    const id = await joined();
    await machine.turnOff();
    await vi.waitFor(() => expect(isOnline(id)).toBe(false), PATIENT);

    await stop(id);
    await context.server.workspaces.service.settled(id);
    expect((await context.server.row(id)).failure).toBe('The server is not connected');

    await machine.turnOn();
    await context.server.untilState(id, 'stopped');
  });
});

describe('a server that goes away', () => {
  it('is said to be away, and runs again by itself when it comes back', async () => {
    await context.server.close();
    await restart({ absenceMs: 50, meetMs: 100 });
    const id = await joined();
    await exec(id, 'echo kept > kept.txt');

    await machine.turnOff();
    await context.server.untilState(id, 'failed');
    await context.server.workspaces.service.settled(id);
    expect((await context.server.row(id)).failure).toBe('The server is not connected');
    await expect(
      context.server.workspaces.service.ensureReady(id, { correlationId: 'test' }),
    ).rejects.toMatchObject({ code: 'server_absent' });

    await machine.turnOn();
    await context.server.untilState(id, 'running');
    expect(await readFile(path.join(machine.project, 'kept.txt'), 'utf8')).toBe('kept\n');
    expect((await context.server.transitions(id)).at(-1)?.reason).toBe('The server connected');
  });

  it('or loses the control plane, goes on, and is found running again', async () => {
    const id = await joined();
    await context.server.close();
    expect(machine.isOn()).toBe(true);

    await restart();
    await context.server.untilState(id, 'running');

    await vi.waitFor(() => expect(isOnline(id)).toBe(true), PATIENT);
    expect((await exec(id, 'echo back')).stdout).toBe('back\n');
  });
});

describe('a server that is removed', () => {
  it('forgets who it is, ends its agent and may not come back', async () => {
    const id = await joined();

    await context.server.workspaces.service.remove(context.tenant.principal, id, 'test');
    await context.server.untilState(id, 'deleted');

    expect(await machine.ended()).toBe(0);
    expect(await readdir(machine.state)).not.toContain('identity.json');
  });

  it('while it is away is refused when it comes back', async () => {
    const id = await joined();
    await machine.turnOff();
    await vi.waitFor(() => expect(isOnline(id)).toBe(false), PATIENT);

    await context.server.workspaces.service.remove(context.tenant.principal, id, 'test');
    await context.server.untilState(id, 'deleted');
    const { attempts } = context.server.agentsServer;
    const before = attempts();
    await machine.turnOn();

    // The second attempt follows the refusal of the first.
    await vi.waitFor(() => expect(attempts()).toBeGreaterThan(before + 1), PATIENT);
    expect(isOnline(id)).toBe(false);
  });
});
