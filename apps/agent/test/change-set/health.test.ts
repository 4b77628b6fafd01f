import { describe, expect, it } from 'vitest';
import type {
  ChangeSetReceipt,
  ChangeSetRequest,
} from '@spt-flow/shared/agent-protocol/change-set';
import { useBuiltAgent } from '../support/build.ts';
import { changeSet, freePort, writeEdit } from '../support/project.ts';
import { applyChangeSet, createRig, receiptOf, responseOf, type Rig } from '../support/rig.ts';
import { snapshotTree } from '../support/tree.ts';
import { waitUntil } from '../support/wait.ts';

/** Holds up the only thread, without taking a processor from others. */
const BLOCK = `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`;

/** Answers with a text until the path orders otherwise; SIGTERM does not impress it. */
function appThatObeys(text: string): string {
  return [
    `process.on('SIGTERM', () => {});`,
    `let order = '';`,
    `const server = require('node:http').createServer((request, response) => {`,
    `  if (order === 'fail') response.statusCode = 503;`,
    `  if (order === 'cut') return request.socket.destroy();`,
    `  if (request.url !== '/') order = request.url.slice(1);`,
    `  response.end(${JSON.stringify(text)});`,
    `  if (order === 'block') setTimeout(() => { console.log('for ever'); ${BLOCK} });`,
    `  if (order === 'freeze') setTimeout(() => process.kill(process.pid, 'SIGSTOP'));`,
    `  if (order === 'close') server.close();`,
    `  if (order === 'exit') process.exit(3);`,
    `});`,
    `server.listen(process.env.PORT, '127.0.0.1');`,
    `setInterval(() => {}, 1000);`,
  ].join('\n');
}

const BROKEN = `console.error('no spoon'); setInterval(() => {}, 1000);`;
const ENDING = `console.error('no spoon'); process.exit(3);`;
const PROBE_MS = 1_500;

const built = useBuiltAgent();

interface Place extends AsyncDisposable {
  readonly rig: Rig;
  apply(overrides?: Partial<ChangeSetRequest>): Promise<ChangeSetReceipt>;
  get(path?: string): Promise<string>;
  /** The app as it is planned; the label makes it another one. */
  app(label?: string): Pick<ChangeSetRequest, 'process' | 'probe'>;
}

/** A project of its own with a rig, so that slow cases run side by side. */
async function createPlace(server: string): Promise<Place> {
  const rig = await createRig(built.folder, { 'server.js': server });
  const port = await freePort();
  return {
    rig,
    async apply(overrides = {}) {
      const { receipt } = await applyChangeSet(rig.tunnel, changeSet(overrides));
      if (!receipt) throw new Error('The change set was not taken');
      return receipt;
    },
    get: async (path = '/') => (await fetch(`http://127.0.0.1:${port}${path}`)).text(),
    app: (label = '') => ({
      process: {
        name: 'app',
        command: `exec ${process.execPath} server.js ${label}`,
        env: { PORT: String(port) },
      },
      probe: { port, path: '/', timeoutMs: PROBE_MS },
    }),
    [Symbol.asyncDispose]: () => rig.close(),
  };
}

function recoveredOf({ events }: Rig): ChangeSetReceipt | undefined {
  const event = events.find(({ type }) => type === 'recovered');
  return event?.type === 'recovered' ? receiptOf(event.receipt) : undefined;
}

async function listen({ tunnel }: Rig): Promise<void> {
  const stream = tunnel.open({ method: 'events' });
  stream.resume().end();
  await responseOf(stream);
}

/** What takes seconds here may take minutes on a busy machine. */
const LIMIT_MS = 180_000;

describe.concurrent('an app that stops working after the commit', { timeout: LIMIT_MS }, () => {
  it.each([
    ['blocks', 'block', null, /stopped working \d+ s after.*no answer[^]*for ever/],
    ['is frozen', 'freeze', null, /no answer within/],
    ['listens no more', 'close', null, /ECONNREFUSED/],
    ['closes connections', 'cut', null, /closed the connection|ECONNRESET/],
    ['answers with errors', 'fail', 503, /status 503/],
  ])('since it %s is taken back, and the reason is told', async (_name, order, status, reason) => {
    await using place = await createPlace(appThatObeys('old'));
    await listen(place.rig);
    await place.apply(place.app('1'));
    const before = await snapshotTree(place.rig.project.directory);
    const edits = [writeEdit('server.js', appThatObeys('new')), writeEdit('a/b.txt', 'x', null)];
    const receipt = await place.apply({ edits, ...place.app('2') });
    expect(receipt).toMatchObject({ outcome: 'committed', wasBroken: false });
    expect(await place.get()).toBe('new');

    await place.get(`/${order}`);
    await waitUntil(() => recoveredOf(place.rig) !== undefined);

    expect(recoveredOf(place.rig)).toMatchObject({
      id: receipt.id,
      outcome: 'rolled_back',
      failedPhase: 'probe',
      reason: expect.stringMatching(reason),
      lateFailure: { kind: 'unhealthy', afterMs: expect.any(Number) },
      probe: { status, error: expect.any(String) },
      restored: true,
    });
    expect(await snapshotTree(place.rig.project.directory)).toEqual(before);
    expect(await place.get()).toBe('old');
    expect(place.rig.events).toContainEqual(
      expect.objectContaining({
        source: 'agent',
        level: 'warn',
        text: expect.stringMatching(/A change set was undone: The app stopped working/),
      }),
    );
  });
});

describe.concurrent('an app that did not work before', { timeout: LIMIT_MS }, () => {
  async function brokenPlace(server = BROKEN): Promise<Place> {
    const place = await createPlace(server);
    const { name = '', command = '', env = {} } = place.app().process ?? {};
    const stream = place.rig.tunnel.open({ method: 'process.start', name, command, env });
    stream.end();
    await responseOf(stream);
    return place;
  }

  it.each([
    ['does not listen', BROKEN, /ECONNREFUSED[^]*no spoon/],
    ['ends', ENDING, /exit code 3[^]*no spoon|ECONNREFUSED/],
  ])('and still %s keeps the change, which says what is wrong', async (_name, server, reason) => {
    await using place = await brokenPlace(server);

    const receipt = await place.apply({
      edits: [writeEdit('readme.txt', 'x', null)],
      ...place.app('2'),
    });

    expect(receipt).toMatchObject({
      outcome: 'committed',
      wasBroken: true,
      reason: expect.stringMatching(reason),
      probe: { status: null, error: expect.any(String) },
    });
    expect(await snapshotTree(place.rig.project.directory)).toHaveProperty(['readme.txt']);
  });

  it('and works with the change is not judged when it stops again', async () => {
    await using place = await brokenPlace();
    const receipt = await place.apply({
      edits: [writeEdit('server.js', appThatObeys('fixed'))],
      ...place.app('2'),
    });
    expect(receipt).toMatchObject({ outcome: 'committed', wasBroken: true, reason: null });
    expect(await place.get()).toBe('fixed');

    await place.get('/exit').catch(() => 'ended');
    const hasRestarted = () =>
      place.rig.events.some((event) => event.type === 'process' && event.restarts > 0);
    await waitUntil(hasRestarted);

    expect(recoveredOf(place.rig)).toBeUndefined();
    await waitUntil(async () => (await place.get().catch(() => '')) === 'fixed');
  });

  it('but only began a moment ago is waited for, and then judged', async () => {
    const late = `setTimeout(() => { ${appThatObeys('late')} }, 1000);`;
    await using place = await brokenPlace(late);

    const receipt = await place.apply({
      edits: [writeEdit('server.js', BROKEN)],
      ...place.app('2'),
    });

    expect(receipt).toMatchObject({ outcome: 'rolled_back', failedPhase: 'probe', restored: true });
    await waitUntil(async () => (await place.get().catch(() => '')) === 'late');
  });

  it('is judged when the change gives it other settings, with which it may work', async () => {
    await using place = await brokenPlace();
    const { process: planned, probe } = place.app();
    const settings = planned && { ...planned, env: { ...planned.env, MODE: 'other' } };

    const receipt = await place.apply({
      edits: [writeEdit('readme.txt', 'x', null)],
      process: settings,
      probe,
    });

    expect(receipt).toMatchObject({ outcome: 'rolled_back', wasBroken: false });
  });

  it('and has no probe is excused while it ends again and again', async () => {
    await using place = await brokenPlace(ENDING);
    await waitUntil(() => place.rig.parts.supervisor.current('app') === undefined);

    const receipt = await place.apply({
      edits: [writeEdit('readme.txt', 'x', null)],
      ...place.app('2'),
      probe: null,
    });

    expect(receipt).toMatchObject({
      outcome: 'committed',
      wasBroken: true,
      reason: expect.stringContaining('exit code 3'),
    });
  });
});
