import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { auditLog } from '@spt-flow/db/schema';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Principal } from '../../src/lib/principal.ts';
import {
  buildAgent,
  startControlPlane,
  startLiveWorkspace,
  type LiveWorkspace,
  type TestControlPlane,
} from '../change-sets/live-workspace.ts';
import { useDatabases } from '../support/database.ts';
import { seedPerson } from '../workspaces/seed.ts';
import { startTerminalsServer, type TerminalsServer } from './terminals-server.ts';

const createDatabase = useDatabases();
let agentFolder: string;
let controlPlane: TestControlPlane;
let live: LiveWorkspace;
let db: Awaited<ReturnType<typeof createDatabase>>['db'];
let principal: Principal | undefined;
let terminals: TerminalsServer;
let ready: () => Promise<void>;
let desiredState: string;

beforeAll(async () => {
  agentFolder = await buildAgent();
  ({ db } = await createDatabase());
  controlPlane = await startControlPlane(db);
  live = await startLiveWorkspace(db, controlPlane, agentFolder);
}, 60_000);
afterAll(async () => {
  await live.close();
  await controlPlane.close();
  await rm(agentFolder, { recursive: true, force: true });
});

beforeEach(async () => {
  principal = live.tenant.principal;
  ready = async () => undefined;
  desiredState = 'running';
  terminals = await startTerminalsServer({
    controlPlane,
    live,
    principal: () => principal,
    ready: () => ready(),
    desiredState: () => desiredState,
  });
});
afterEach(() => terminals.close());

interface Client {
  readonly socket: WebSocket;
  readonly messages: { type: string; [key: string]: unknown }[];
  output(): string;
  bytes(): number;
  close(): Promise<void>;
}

function open(query: Record<string, string> = {}, handle?: string): Client {
  const socket = new WebSocket(terminals.url(query, handle));
  const messages: Client['messages'] = [];
  let tail = '';
  let bytes = 0;
  socket.on('error', () => undefined);
  socket.on('message', (data: Buffer, isBinary) => {
    const text = data.toString();
    if (!isBinary) return void messages.push(JSON.parse(text));
    bytes += text.length;
    tail = (tail + text).slice(-100_000);
  });
  return {
    ...{ socket, messages },
    output: () => tail,
    bytes: () => bytes,
    async close() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

async function whenReady(client: Client): Promise<string> {
  await expect.poll(() => client.messages[0]?.type, { timeout: 10_000 }).toBe('ready');
  return String(client.messages[0]?.['terminalId']);
}

describe('terminal', () => {
  it('carries keys and output, resizes, and tells the exit code', async () => {
    const client = open({ cols: '100', rows: '30' });
    await whenReady(client);

    client.socket.send(JSON.stringify({ type: 'resize', cols: 111, rows: 33 }));
    client.socket.send(Buffer.from('stty size; exit 7\n'));

    await expect.poll(() => client.output(), { timeout: 10_000 }).toContain('33 111');
    await expect
      .poll(() => client.messages.at(-1), { timeout: 10_000 })
      .toEqual({ type: 'exit', exitCode: 7 });
  });

  it('is used by what is typed, not by its size or its output', async () => {
    const client = open();
    await whenReady(client);
    expect(terminals.uses).toEqual(['terminal']);

    client.socket.send(JSON.stringify({ type: 'resize', cols: 111, rows: 33 }));
    client.socket.send(Buffer.from('echo a b\n'));

    await expect.poll(() => client.output(), { timeout: 10_000 }).toContain('a b');
    expect(terminals.uses).toEqual(['terminal', 'terminal']);
    await client.close();
  });

  it('that connects again does not start a workspace that was stopped; a new one does', async () => {
    let starts = 0;
    desiredState = 'stopped';
    ready = async () => void (starts += 1);

    const again = open({ terminalId: '0195f6f6-0000-4000-8000-000000000004' });
    await expect
      .poll(() => again.messages[0], { timeout: 10_000 })
      .toMatchObject({ type: 'error', code: 'workspace_stopped' });
    expect(starts).toBe(0);

    const fresh = open();
    await whenReady(fresh);
    expect(starts).toBe(1);
    await fresh.close();
  });

  it('runs a command instead of the shell and passes the end of input on', async () => {
    const client = open({ command: 'cat; echo ended' });
    await whenReady(client);

    client.socket.send(JSON.stringify({ type: 'eof' }));

    await expect.poll(() => client.output(), { timeout: 10_000 }).toContain('ended');
    await expect.poll(() => client.messages.at(-1)?.type).toBe('exit');
  });

  it('survives the browser and shows its screen again', async () => {
    const first = open();
    const terminalId = await whenReady(first);
    first.socket.send(Buffer.from('echo remember-$((40+2))\n'));
    await expect.poll(() => first.output(), { timeout: 10_000 }).toContain('remember-42');
    await first.close();

    const second = open({ terminalId });
    await whenReady(second);

    expect(second.messages[0]).toEqual({ type: 'ready', terminalId, reattached: true });
    await expect.poll(() => second.output(), { timeout: 10_000 }).toContain('remember-42');
    await second.close();
  });

  it('shows nothing of a terminal to another person who knows its id', async () => {
    const first = open();
    const terminalId = await whenReady(first);
    first.socket.send(Buffer.from('echo private-$((40+2))\n'));
    await expect.poll(() => first.output(), { timeout: 10_000 }).toContain('private-42');
    principal = { ...live.tenant.principal, userId: await seedPerson(db) };

    const other = open({ terminalId });
    await whenReady(other);

    expect(other.messages[0]).toMatchObject({ reattached: false });
    other.socket.send(Buffer.from('echo mine-$((1+1))\n'));
    await expect.poll(() => other.output(), { timeout: 10_000 }).toContain('mine-2');
    expect(other.output()).not.toContain('private-42');
    expect(first.output()).not.toContain('mine-2');
    await first.close();
    await other.close();
  });

  it('records start and end', async () => {
    const client = open({ command: 'true' });
    const terminalId = await whenReady(client);
    await expect.poll(() => client.messages.at(-1)?.type, { timeout: 10_000 }).toBe('exit');

    const actionsOf = async () => {
      const rows = await db
        .select()
        .from(auditLog)
        .where(eq(auditLog.target, `workspace:${live.workspace.id}`));
      return rows.filter((row) => row.detail['terminalId'] === terminalId).map((row) => row.action);
    };
    await expect.poll(actionsOf).toEqual(['terminal.open', 'terminal.close']);
  });

  it('prints 100 MB to a browser that stalls first, with little memory', async () => {
    const client = open({
      command: `head -c ${100 * 1024 * 1024} /dev/zero | tr '\\0' x; echo; echo finished`,
    });
    await whenReady(client);
    const before = process.memoryUsage().arrayBuffers;
    client.socket.pause();
    const peaks: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      peaks.push(process.memoryUsage().arrayBuffers - before);
    }
    client.socket.resume();

    await expect.poll(() => client.output(), { timeout: 60_000 }).toContain('finished');
    await expect.poll(() => client.messages.at(-1)?.type, { timeout: 10_000 }).toBe('exit');

    expect(client.bytes()).toBeGreaterThanOrEqual(100 * 1024 * 1024);
    expect(Math.max(...peaks)).toBeLessThan(32 * 1024 * 1024);
  }, 90_000);
});

describe('an open terminal', () => {
  it('ends with the right to it', async () => {
    const client = open();
    await whenReady(client);
    principal = { ...live.tenant.principal, scope: 'read' };

    terminals.accessChanged();

    expect(await once(client.socket, 'close')).toMatchObject([1008, {}]);
    expect(client.messages.at(-1)).toMatchObject({ type: 'error', code: 'not_permitted' });
  });

  it('stays with who may still use it', async () => {
    const client = open();
    await whenReady(client);

    terminals.accessChanged();

    client.socket.send(Buffer.from('exit 3\n'));
    await expect
      .poll(() => client.messages.at(-1), { timeout: 10_000 })
      .toEqual({ type: 'exit', exitCode: 3 });
  });
});

describe('refusals', () => {
  it('a stranger gets no WebSocket', async () => {
    principal = undefined;
    const client = open();

    const [, response] = await once(client.socket, 'unexpected-response');

    expect(response.statusCode).toBe(401);
  });

  function actAsReader(): void {
    principal = { ...live.tenant.principal, scope: 'read' };
  }
  function failToStart(): void {
    ready = () => Promise.reject(new AppError('workspace_start_failed'));
  }
  function changeNothing(): void {}

  it.each([
    ['a reader', actAsReader, {}, 'not_permitted'],
    ['an impossible size', changeNothing, { cols: '0' }, 'validation_failed'],
    ['an id that is none', changeNothing, { terminalId: '../x' }, 'validation_failed'],
    ['a workspace that does not start', failToStart, {}, 'workspace_start_failed'],
  ] as const)('%s is told why', async (_name, prepare, query, code) => {
    prepare();
    const client = open({ ...query });

    await once(client.socket, 'close');

    expect(client.messages).toEqual([expect.objectContaining({ type: 'error', code })]);
  });

  it('another workspace is not found', async () => {
    const client = open({}, 'someone-elses');

    await once(client.socket, 'close');

    expect(client.messages[0]).toMatchObject({ type: 'error', code: 'not_found' });
  });

  it.each(['{', '{"type":"resize","cols":-1,"rows":1}', '"eof"'])(
    'the message %s ends the connection',
    async (text) => {
      const client = open();
      await whenReady(client);

      client.socket.send(text);
      const [code] = await once(client.socket, 'close');

      expect(code).toBe(1007);
      expect(client.messages.at(-1)).toMatchObject({ type: 'error', code: 'validation_failed' });
    },
  );

  it('a lost agent is told, and the terminal is there when it is back', async () => {
    const client = open();
    await whenReady(client);

    controlPlane.agents.hub.disconnect(live.workspace.id, 'test');
    await once(client.socket, 'close');

    expect(client.messages.at(-1)).toMatchObject({ type: 'error', code: 'agent_offline' });
    await live.whenOnline();
  }, 30_000);
});
