import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { auditLog } from '@spt-flow/db/schema';
import { PIPE_STDERR, PIPE_STDOUT } from '@spt-flow/shared/api/terminals';
import {
  buildAgent,
  startControlPlane,
  startLiveWorkspace,
  type LiveWorkspace,
  type TestControlPlane,
} from '../change-sets/live-workspace.ts';
import { useDatabases } from '../support/database.ts';
import { startTerminalsServer, type TerminalsServer } from './terminals-server.ts';

const MIB = 1024 * 1024;
setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');
const createDatabase = useDatabases();
let agentFolder: string;
let controlPlane: TestControlPlane;
let live: LiveWorkspace;
let db: Awaited<ReturnType<typeof createDatabase>>['db'];
let terminals: TerminalsServer;

/** Bytes that somebody still holds. */
function bufferedBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

beforeAll(async () => {
  agentFolder = await buildAgent();
  ({ db } = await createDatabase());
  controlPlane = await startControlPlane(db);
  live = await startLiveWorkspace(db, controlPlane, agentFolder);
  terminals = await startTerminalsServer({
    controlPlane,
    live,
    principal: () => live.tenant.principal,
  });
}, 60_000);
afterAll(async () => {
  terminals.close();
  await live.close();
  await controlPlane.close();
  await rm(agentFolder, { recursive: true, force: true });
});

type Message = { type: string; [key: string]: unknown };

function runCommand(command: string) {
  const socket = new WebSocket(terminals.url({ tty: 'false', command }));
  const messages: Message[] = [];
  const chunks: Record<number, Buffer[]> = { [PIPE_STDOUT]: [], [PIPE_STDERR]: [] };
  socket.on('error', () => undefined);
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) return void messages.push(JSON.parse(String(data)));
    chunks[data[0] ?? 0]?.push(data.subarray(1));
  });
  const read = (stream: number) => Buffer.concat(chunks[stream] ?? []);
  return {
    socket,
    messages,
    stdout: () => read(PIPE_STDOUT),
    stderr: () => read(PIPE_STDERR),
    ready: () =>
      expect.poll(() => messages[0], { timeout: 10_000 }).toMatchObject({ type: 'ready' }),
    end: () => socket.send(JSON.stringify({ type: 'eof' })),
    exit: () =>
      expect
        .poll(() => messages.at(-1)?.type, { timeout: 30_000 })
        .toBe('exit')
        .then(() => messages.at(-1)?.['exitCode']),
  };
}

/** Sends as a program does: the next piece when the last one has left. */
async function sendAll(socket: WebSocket, bytes: Buffer): Promise<void> {
  for (let start = 0; start < bytes.length; start += 64 * 1024) {
    const piece = bytes.subarray(start, start + 64 * 1024);
    await new Promise<void>((resolve) => socket.send(piece, () => resolve()));
  }
}

function projectFile(name: string): Promise<string> {
  return readFile(path.join(live.projectDirectory, name), 'utf8').catch(() => '');
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function pidIn(name: string): Promise<number> {
  await expect.poll(() => projectFile(name), { timeout: 10_000 }).toMatch(/^\d+\n$/);
  return Number(await projectFile(name));
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('a command in pipes', () => {
  it('has its output and its errors apart, no terminal, and an exit code', async () => {
    const command = runCommand('echo out; echo err >&2; test -t 1 || exit 7');

    expect(await command.exit()).toBe(7);
    expect(command.stdout().toString()).toBe('out\n');
    expect(command.stderr().toString()).toBe('err\n');
    expect(command.messages.map(({ type }) => type)).toEqual(['ready', 'exit']);
  });

  it('gets every byte as it was sent, and sends it back so', async () => {
    const bytes = randomBytes(8 * MIB);
    const command = runCommand('cat');
    await command.ready();

    await sendAll(command.socket, bytes);
    command.end();

    expect(await command.exit()).toBe(0);
    expect(digest(command.stdout())).toBe(digest(bytes));
  });

  it('runs shell text, with quotes and pipes as they stand', async () => {
    const command = runCommand(`printf '%s|' "a b" 'c"d' | tr '|' '\\n'`);

    expect(await command.exit()).toBe(0);
    expect(command.stdout().toString()).toBe('a b\nc"d\n');
  });

  it('tells how a signal ended it', async () => {
    expect(await runCommand('kill -TERM $$').exit()).toBe(143);
  });

  it('may end before it has read its input', async () => {
    const command = runCommand('head -c 3');
    await command.ready();

    void sendAll(command.socket, Buffer.alloc(16 * MIB, 'x'));

    expect(await command.exit()).toBe(0);
    expect(command.stdout().toString()).toBe('xxx');
  });

  it('is held back by a client that does not read, with little memory', async () => {
    const command = runCommand(`head -c ${64 * MIB} /dev/zero`);
    await command.ready();
    const before = bufferedBytes();
    command.socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const held = bufferedBytes() - before;
    command.socket.resume();

    expect(await command.exit()).toBe(0);
    expect(command.stdout().length).toBe(64 * MIB);
    expect(held).toBeLessThan(16 * MIB);
  }, 60_000);

  it.each([
    ['close', (socket: WebSocket) => socket.close()],
    ['terminate', (socket: WebSocket) => socket.terminate()],
  ])('is killed with what it started when the client leaves (%s)', async (name, leave) => {
    const command = runCommand(`sleep 600 & echo $! > ${name}.pid; wait`);
    const pid = await pidIn(`${name}.pid`);

    leave(command.socket);

    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  });

  it('is killed when the client leaves while it has input that is not read', async () => {
    const command = runCommand('echo $$ > stuck.pid; exec sleep 600');
    await command.ready();
    const pid = await pidIn('stuck.pid');
    for (let count = 0; count < 32; count += 1) command.socket.send(Buffer.alloc(MIB / 2));
    const waiting = () => command.socket.bufferedAmount;
    await expect.poll(waiting, { timeout: 10_000 }).toBeGreaterThan(0);

    command.socket.terminate();

    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  });

  it('is recorded', async () => {
    const command = runCommand('exit 3');
    await command.exit();
    const id = command.messages[0]?.['terminalId'];

    const recorded = async () => {
      const rows = await db
        .select()
        .from(auditLog)
        .where(eq(auditLog.target, `workspace:${live.workspace.id}`));
      return rows
        .filter(({ detail }) => detail['terminalId'] === id)
        .map(({ action, detail }) => [action, detail['exitCode']]);
    };
    await expect.poll(recorded).toEqual([
      ['command.open', undefined],
      ['command.close', 3],
    ]);
  });
});

it('pipes without a command are refused', async () => {
  const socket = new WebSocket(terminals.url({ tty: 'false' }));
  const [data] = await once(socket, 'message');

  expect(JSON.parse(String(data))).toMatchObject({ type: 'error', code: 'validation_failed' });
  socket.terminate();
});
