import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useBuiltAgent } from './support/build.ts';
import { createRig, responseOf, type Rig } from './support/rig.ts';
import { waitUntil } from './support/wait.ts';

const built = useBuiltAgent();
let rig: Rig;

beforeEach(async () => {
  rig = await createRig(built.folder);
});
afterEach(() => rig.close());

describe('a supervised process', () => {
  async function start(command: string): Promise<void> {
    const stream = rig.tunnel.open({
      method: 'process.start',
      name: 'worker',
      command,
      env: { WHO: 'worker' },
    });
    expect(await responseOf(stream)).toMatchObject({ ok: true });
    stream.end();
  }

  const states = () =>
    rig.events.flatMap((event) => (event.type === 'process' ? [event.state] : []));

  it('is started again after a crash', async () => {
    await start('echo run >> runs.txt; exit 1');

    await waitUntil(
      async () =>
        (await readFile(join(rig.project.directory, 'runs.txt'), 'utf8').catch(() => '')).split(
          '\n',
        ).length > 2,
    );

    expect(states().slice(0, 5)).toEqual(['starting', 'running', 'exited', 'backoff', 'starting']);
  });

  it('has its lines logged under its name', async () => {
    await start('echo "I am $WHO"; echo oops >&2; sleep 60');

    await waitUntil(
      () =>
        rig.events.filter((event) => event.type === 'log' && event.source === 'worker').length ===
        2,
    );

    expect(rig.events).toContainEqual(
      expect.objectContaining({
        type: 'log',
        source: 'worker',
        text: 'I am worker',
        level: 'info',
      }),
    );
    expect(rig.events).toContainEqual(
      expect.objectContaining({ type: 'log', source: 'worker', text: 'oops', level: 'warn' }),
    );
  });

  it('is stopped on request, and only once', async () => {
    await start('sleep 60');
    const pid = rig.parts.supervisor.current('worker')?.pid;

    const first = await responseOf(rig.tunnel.open({ method: 'process.stop', name: 'worker' }));
    const second = await responseOf(rig.tunnel.open({ method: 'process.stop', name: 'worker' }));

    expect([first, second]).toMatchObject([{ ok: true }, { ok: false, code: 'not_found' }]);
    expect(pid).toBeGreaterThan(0);
    expect(states().at(-1)).toBe('stopped');
  });
});
