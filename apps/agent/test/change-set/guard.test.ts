import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  ChangeSetReceipt,
  ChangeSetRequest,
} from '@spt-flow/shared/agent-protocol/change-set';
import { AgentEventSchema } from '@spt-flow/shared/agent-protocol/events';
import { GUARD_WINDOW_MS } from '../../src/change-set/guard.ts';
import { useBuiltAgent } from '../support/build.ts';
import { changeSet, freePort, writeEdit } from '../support/project.ts';
import { applyChangeSet, createRig, receiptOf, responseOf, type Rig } from '../support/rig.ts';
import { snapshotTree } from '../support/tree.ts';
import { waitUntil } from '../support/wait.ts';

/** Answers with a text, and ends as the path says: `/exit/3`, `/kill`. */
function appThatObeys(text: string): string {
  return [
    `require('node:http').createServer((request, response) => {`,
    `  const [, order, code] = request.url.split('/');`,
    `  if (order === 'exit') { console.error('the oven caught fire'); process.exit(Number(code)); }`,
    `  if (order === 'kill') process.kill(process.pid, 'SIGKILL');`,
    `  response.end(${JSON.stringify(text)} + (process.env.LABEL ?? ''));`,
    `}).listen(process.env.PORT, '127.0.0.1');`,
  ].join('\n');
}

const built = useBuiltAgent();
let rig: Rig;
let port: number;
/** A window that only ends by hand. */
const window = { endedMs: 0, end: (): void => undefined };

beforeEach(async () => {
  port = await freePort();
  rig = await createRig(
    built.folder,
    { 'server.js': appThatObeys('old') },
    {
      clock: {
        nowMs: () => window.endedMs,
        sleep: (_ms, signal) =>
          new Promise<void>((resolve) => {
            window.end = resolve;
            signal.addEventListener('abort', () => resolve());
          }),
      },
    },
  );
});
afterEach(() => rig.close());

function apply(overrides: Partial<ChangeSetRequest>) {
  return applyChangeSet(rig.tunnel, changeSet(overrides));
}

function stateFile(name: string): string {
  return join(rig.project.state, name);
}

async function get(path = '/'): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}${path}`)).text();
}

function order(path: string): Promise<string> {
  return get(path).catch(() => 'ended');
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function app(label = ''): Pick<ChangeSetRequest, 'process' | 'probe'> {
  return {
    process: {
      name: 'app',
      command: `exec ${process.execPath} server.js`,
      env: { PORT: String(port), LABEL: label },
    },
    probe: { port, path: '/', timeoutMs: 5_000 },
  };
}

const NEW_EDITS = [writeEdit('server.js', appThatObeys('new')), writeEdit('a/b.txt', 'x', null)];

/** The agent's event about a change set that ended otherwise than its receipt said. */
async function recovered(): Promise<ChangeSetReceipt> {
  const find = () => rig.events.find((event) => event.type === 'recovered');
  await waitUntil(() => find() !== undefined);
  const event = find();
  if (event?.type !== 'recovered') throw new Error('The agent told nothing');
  return receiptOf(event.receipt);
}

async function listen(): Promise<void> {
  const stream = rig.tunnel.open({ method: 'events' });
  stream.end();
  await responseOf(stream);
  stream.on('data', (chunk: Buffer) =>
    String(chunk)
      .split('\n')
      .filter((line) => line !== '')
      .forEach((line) => AgentEventSchema.parse(JSON.parse(line))),
  );
}

async function expectClean(): Promise<void> {
  await waitUntil(async () => !(await exists(stateFile('journal.json'))));
  await waitUntil(async () => (await readdir(stateFile('stage'))).length === 0);
}

describe('an app that ends by itself after the commit', () => {
  let before: Record<string, string>;

  beforeEach(async () => {
    await listen();
    await apply(app('1'));
    before = await snapshotTree(rig.project.directory);
  });

  it.each([
    ['with an error', '/exit/3', /exit code 3.*\n[^]*oven caught fire/],
    ['with success', '/exit/0', /exit code 0/],
    ['by a signal', '/kill', /ended by SIGKILL/],
  ])('%s brings files and process back, and the reason is told', async (_name, path, reason) => {
    const { receipt } = await apply({ edits: NEW_EDITS, ...app('2') });
    expect(receipt).toMatchObject({ outcome: 'committed' });
    expect(await get()).toBe('new2');

    await order(path);

    expect(await recovered()).toEqual({
      ...receipt,
      outcome: 'rolled_back',
      failedPhase: 'probe',
      reason: expect.stringMatching(reason),
      lateFailure: { kind: 'ended', afterMs: expect.any(Number) },
      durationMs: expect.any(Number),
      probe: null,
      restored: true,
    });
    await expectClean();
    expect(await snapshotTree(rig.project.directory)).toEqual(before);
    expect(await get()).toBe('old1');
  });

  it('has its old build made again', async () => {
    const build = { command: 'cp server.js built.js', timeoutMs: 5_000 };
    await apply({ build, ...app('1') });

    await apply({ edits: NEW_EDITS, build, ...app('2') });
    await order('/exit/1');
    await recovered();

    expect(await readFile(join(rig.project.directory, 'built.js'), 'utf8')).toBe(
      appThatObeys('old'),
    );
  });

  it('is told of once, and the same receipt answers who sends the change set again', async () => {
    const request = changeSet({ edits: NEW_EDITS, ...app('2') });
    await applyChangeSet(rig.tunnel, request);
    await order('/exit/1');
    const told = await recovered();
    await expectClean();

    const { receipt } = await applyChangeSet(rig.tunnel, request);

    expect(receipt).toEqual(told);
    expect(await exists(stateFile('recovered.json'))).toBe(false);
    expect(rig.events.filter((event) => event.type === 'recovered')).toHaveLength(1);
  });

  it('gets back over what somebody edited since, of which a copy is kept', async () => {
    const { receipt } = await apply({ edits: NEW_EDITS, ...app('2') });
    await writeFile(join(rig.project.directory, 'server.js'), 'by hand');

    await order('/exit/1');

    expect((await recovered()).reason).toMatch(/a copy is kept: server\.js/);
    await expectClean();
    expect(await snapshotTree(rig.project.directory)).toEqual(before);
    const kept = join(rig.project.state, 'kept', receipt?.id ?? '', '0-server.js');
    expect(await readFile(kept, 'utf8')).toBe('by hand');
  });

  it('waits with the news until the control plane listens', async () => {
    await rig.close();
    rig = await createRig(built.folder, { 'server.js': appThatObeys('old') });
    await apply({ edits: NEW_EDITS, ...app() });
    await order('/exit/1');
    await waitUntil(() => exists(stateFile('recovered.json')));
    expect(rig.events.some((event) => event.type === 'recovered')).toBe(false);

    await listen();

    expect(await recovered()).toMatchObject({ outcome: 'rolled_back' });
  });
});

it('the first app of all leaves nothing behind when it ends', async () => {
  await listen();
  const before = await snapshotTree(rig.project.directory);
  await apply({ edits: NEW_EDITS, ...app() });

  await order('/exit/1');

  expect(await recovered()).toMatchObject({ outcome: 'rolled_back', restored: true });
  await expectClean();
  expect(await snapshotTree(rig.project.directory)).toEqual(before);
  expect(rig.parts.supervisor.spec('app')).toBeNull();
  expect(await readdir(stateFile('processes'))).toEqual([]);
});

describe('a committed change set stays', () => {
  beforeEach(async () => {
    await listen();
    await apply(app('1'));
    await apply({ edits: NEW_EDITS, ...app('2') });
  });

  async function expectNew(): Promise<void> {
    await waitUntil(() => order('/').then((text) => text.startsWith('new')));
    expect(rig.events.filter((event) => event.type === 'recovered')).toEqual([]);
  }

  it('when the app ends after the window, and only then its undo data goes', async () => {
    expect(await readdir(stateFile('stage'))).toContain('before');
    window.endedMs += GUARD_WINDOW_MS;
    window.end();
    await expectClean();

    await order('/exit/1');

    await waitUntil(() =>
      rig.events.some((event) => event.type === 'process' && event.restarts > 0),
    );
    await expectNew();
  });

  it('when the next one begins, whose own window is the only one then', async () => {
    await apply({ edits: [writeEdit('c.txt', 'c', null)], ...app('3') });

    await order('/exit/1');

    expect(await recovered()).toMatchObject({ files: [{ path: 'c.txt' }] });
    await expectClean();
    expect(await get()).toBe('new2');
  });

  it('when the next one is rejected', async () => {
    const { receipt } = await apply({ edits: [writeEdit('x.json', '{')] });
    expect(receipt).toMatchObject({ outcome: 'rejected' });

    await order('/exit/1');

    await waitUntil(() =>
      rig.events.some((event) => event.type === 'process' && event.restarts > 0),
    );
    await expectNew();
  });

  it('when somebody stops or replaces the process', async () => {
    const head = { method: 'process.start' as const, name: 'app' };
    const { command = '', env = {} } = app('4').process ?? {};
    const stream = rig.tunnel.open({ ...head, command, env });
    stream.end();
    await responseOf(stream);

    await waitUntil(() => order('/').then((text) => text === 'new4'));
    await expectClean();
    await expectNew();
  });

  it('when the agent stops in good order, which says nothing at its next start', async () => {
    await rig.parts.engine.close();
    await rig.parts.supervisor.suspend();

    await expectClean();
    expect(await exists(stateFile('recovered.json'))).toBe(false);
  });
});

it('a change set that comes while one is being taken back is answered busy', async () => {
  await rig.close();
  let proceed = (): void => undefined;
  let isHeld = false;
  const held = new Promise<void>((resolve) => (proceed = resolve));
  rig = await createRig(
    built.folder,
    { 'server.js': appThatObeys('old') },
    {
      async step(name) {
        if (name !== 'guard.journalled') return;
        isHeld = true;
        await held;
      },
    },
  );
  await listen();
  await apply({ edits: NEW_EDITS, ...app() });
  await order('/exit/1');
  await waitUntil(() => isHeld);

  expect((await apply({})).response).toMatchObject({ ok: false, code: 'busy' });
  proceed();
  await recovered();
  await expectClean();

  expect((await apply({})).receipt).toMatchObject({ outcome: 'committed' });
});
