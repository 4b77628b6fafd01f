import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { auditLog } from '@spt-flow/db/schema';
import { OUTPUT_WINDOW_BYTES } from '@spt-flow/shared/api/terminals';
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

const SOON = { timeout: 20_000 };
const createDatabase = useDatabases();
let agentFolder: string;
let controlPlane: TestControlPlane;
let live: LiveWorkspace;
let db: Awaited<ReturnType<typeof createDatabase>>['db'];
let principal: Principal;
let terminals: TerminalsServer;

beforeAll(async () => {
  agentFolder = await buildAgent();
  ({ db } = await createDatabase());
  controlPlane = await startControlPlane(db);
  live = await startLiveWorkspace(db, controlPlane, agentFolder);
  terminals = await startTerminalsServer({ controlPlane, live, principal: () => principal });
}, 60_000);
afterAll(async () => {
  terminals.close();
  await live.close();
  await controlPlane.close();
  await rm(agentFolder, { recursive: true, force: true });
});
beforeEach(() => {
  principal = live.tenant.principal;
});

type Message = { type: string; [key: string]: unknown };

function open(query: Record<string, string> = {}) {
  const socket = new WebSocket(terminals.url(query));
  const messages: Message[] = [];
  const chunks: Buffer[] = [];
  socket.on('error', () => undefined);
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) chunks.push(data);
    else messages.push(JSON.parse(String(data)));
  });
  const last = (type: string) => messages.findLast((message) => message.type === type);
  return {
    ...{ socket, messages },
    output: () => Buffer.concat(chunks).toString(),
    bytes: () => chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    last,
    tell: (message: object) => socket.send(JSON.stringify(message)),
    async ready(): Promise<string> {
      await expect.poll(() => last('ready'), SOON).toBeDefined();
      return String(last('ready')?.['terminalId']);
    },
  };
}

/** Somebody who may only read. */
async function asReader(): Promise<void> {
  principal = {
    ...live.tenant.principal,
    ...{ userId: await seedPerson(db), userName: 'Reader', scope: 'read' },
  };
}

async function openShared() {
  const owner = open({ command: 'cat' });
  const terminalId = await owner.ready();
  owner.tell({ type: 'share', isShared: true });
  await expect.poll(() => owner.last('view'), SOON).toMatchObject({ view: { isShared: true } });
  return { owner, query: { terminalId, follow: live.tenant.principal.userId } };
}

describe('a terminal that is shared', () => {
  it('is followed by who may only read, who types nothing into it', async () => {
    const { owner, query } = await openShared();
    await asReader();
    const reader = open(query);
    await reader.ready();

    reader.socket.send(Buffer.from('typed by the reader\r'));
    reader.tell({ type: 'share', isShared: false });
    owner.socket.send(Buffer.from('typed by the owner\r'));

    await expect.poll(() => reader.output(), SOON).toContain('typed by the owner');
    expect(owner.output()).not.toContain('reader');
    expect(owner.last('view')).toMatchObject({
      view: { viewers: [{ canWrite: true }, { name: 'Reader', canWrite: false }] },
    });
    const rows = await db.select().from(auditLog).where(eq(auditLog.action, 'terminal.follow'));
    expect(rows.at(-1)?.detail).toMatchObject({ owner: query.follow });
    owner.socket.terminate();
  });

  it('sends its followers away when it no longer is, with the reason', async () => {
    const { owner, query } = await openShared();
    await asReader();
    const reader = open(query);
    await reader.ready();

    owner.tell({ type: 'share', isShared: false });

    await once(reader.socket, 'close');
    expect(reader.last('error')).toMatchObject({ code: 'terminal_not_shared' });
    owner.socket.terminate();
  });

  it('is not there for who asks with another owner, or before it is shared', async () => {
    const owner = open({ command: 'cat' });
    const terminalId = await owner.ready();
    await asReader();

    for (const follow of [live.tenant.principal.userId, crypto.randomUUID()]) {
      const reader = open({ terminalId, follow });
      await once(reader.socket, 'close');
      expect(reader.messages).toEqual([expect.objectContaining({ code: 'terminal_not_shared' })]);
    }
    owner.socket.terminate();
  });

  it('can be followed only by its id', async () => {
    const reader = open({ follow: crypto.randomUUID() });
    await once(reader.socket, 'close');

    expect(reader.last('error')).toMatchObject({ code: 'validation_failed' });
  });
});

describe('a client that tells what it has shown', () => {
  it('is sent one window ahead of that, and all in the end', async () => {
    const size = 8 * OUTPUT_WINDOW_BYTES;
    const client = open({ acks: 'true', command: `head -c ${size} /dev/zero | tr '\\0' x` });
    await client.ready();
    let most = 0;
    let acknowledged = 0;
    while (client.last('exit') === undefined) {
      await expect
        .poll(() => client.bytes() - acknowledged > OUTPUT_WINDOW_BYTES || client.last('exit'), {
          timeout: 20_000,
        })
        .toBeTruthy();
      const shown = client.bytes() - acknowledged;
      most = Math.max(most, shown);
      acknowledged += shown;
      if (shown > 0) client.tell({ type: 'ack', bytes: shown });
    }

    expect(client.bytes()).toBe(size);
    expect(most).toBeLessThan(2 * OUTPUT_WINDOW_BYTES);
  }, 60_000);

  it('ends a flood by Ctrl-C though it shows nothing any more', async () => {
    const client = open({ acks: 'true', command: "trap 'exit 9' INT; yes flood" });
    await client.ready();
    await expect.poll(() => client.bytes(), SOON).toBeGreaterThan(OUTPUT_WINDOW_BYTES);

    client.socket.send(Buffer.from('\x03'));
    // The rest is acknowledged as it comes.
    client.socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) client.tell({ type: 'ack', bytes: data.length });
    });
    client.tell({ type: 'ack', bytes: client.bytes() });

    await expect.poll(() => client.last('exit'), SOON).toMatchObject({ exitCode: 9 });
  });
});
