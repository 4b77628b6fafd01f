import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { launcherScript } from '../src/update/launcher.ts';
import { updatePlaces, type UpdatePlaces } from '../src/update/update-places.ts';
import { waitUntil } from './support/wait.ts';

/** Notes that it ran, and waits to be told to end. */
function steady(name: string): string {
  return `#!/bin/sh
trap 'echo "${name} ends" >>"$1"; exit 0' TERM
echo "${name} $SPT_FLOW_AGENT_TRIAL" >>"$1"
while :; do sleep 0.05; done
`;
}

let home: string;
let places: UpdatePlaces;
let log: string;
let launcher: ChildProcess | undefined;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'spt-flow-launch-'));
  places = updatePlaces(join(home, 'updates'));
  log = join(home, 'log');
  await mkdir(places.slots, { recursive: true });
  await writeFile(log, '');
  await writeFile(join(home, 'launch'), launcherScript(2));
  await place(join(home, 'installed'), steady('installed'));
  await place(places.program('a'), steady('a'));
});
afterEach(async () => {
  await end('SIGTERM');
  await rm(home, { recursive: true, force: true });
});

async function place(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
  await chmod(file, 0o755);
}

function launch(): ChildProcess {
  launcher = spawn('/bin/sh', [join(home, 'launch'), places.root, join(home, 'installed'), log], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return launcher;
}

async function end(signal: NodeJS.Signals): Promise<unknown> {
  const child = launcher;
  launcher = undefined;
  if (!child || child.exitCode !== null || child.signalCode !== null) return undefined;
  const exited = once(child, 'exit');
  child.kill(signal);
  return (await exited)[0];
}

async function lines(): Promise<string[]> {
  const text = await readFile(log, 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => line.trim());
}

function untilLast(line: string): Promise<void> {
  return waitUntil(async () => (await lines()).at(-1) === line);
}

function mark(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

describe('the launcher', () => {
  it('starts what was installed, passes the end on, and its code back', async () => {
    launch();
    await untilLast('installed');
    expect(await end('SIGTERM')).toBe(0);
    expect(await lines()).toEqual(['installed', 'installed ends']);

    await place(join(home, 'installed'), '#!/bin/sh\nexit 77\n');
    expect((await once(launch(), 'exit'))[0]).toBe(77);
  });

  it('starts what was committed, and the trial that its agent has armed, without an end in between', async () => {
    await writeFile(places.current, 'a\n');
    await place(places.program('b'), steady('b'));
    await place(
      places.program('a'),
      `#!/bin/sh\necho "a $SPT_FLOW_AGENT_TRIAL" >>"$1"\necho b >'${places.trial}'\nexit 0\n`,
    );
    launch();
    await untilLast('b b');
    expect(await lines()).toEqual(['a', 'b b']);

    await writeFile(places.current, 'b\n');
    await end('SIGTERM');
    expect(await mark(places.reverted)).toBeUndefined();
    launch();
    await waitUntil(async () => (await lines()).length === 4);
    expect((await lines()).slice(2)).toEqual(['b ends', 'b']);
    expect(await mark(places.trial)).toBeUndefined();
  });

  it.each([
    ['crashes at once', '#!/bin/sh\nexit 3\n', 'ended with code 3'],
    ['cannot be run at all', 'no program\n\x00', ''],
    ['hangs, and hears nothing', "#!/bin/sh\ntrap '' TERM\nsleep 9 &\nwait\n", 'no answer'],
  ])('goes back from a version that %s', async (_what, content, reason) => {
    await place(places.program('b'), content);
    await writeFile(places.current, 'a\n');
    await writeFile(places.trial, 'b\n');
    launch();
    await untilLast('a');
    expect(await mark(places.reverted)).toContain(reason);
    expect(await mark(places.trial)).toBeUndefined();
    expect(await mark(places.current)).toBe('a\n');
  });

  it('goes back after three losses of power', async () => {
    await place(places.program('b'), steady('b'));
    await writeFile(places.current, 'a\n');
    await writeFile(places.trial, 'b\n');
    for (let boot = 1; boot <= 3; boot += 1) {
      launch();
      await waitUntil(async () => (await lines()).filter((line) => line === 'b b').length === boot);
      await end('SIGKILL');
    }
    launch();
    await untilLast('a');
    expect(await mark(places.reverted)).toBe('interrupted\n');
  });

  it('finishes what a loss of power left half done', async () => {
    await writeFile(places.current, 'a\n');
    await writeFile(places.trial, 'a\n');
    await writeFile(places.boots, 'nonsense');
    launch();
    await untilLast('a');
    await end('SIGTERM');
    expect(await mark(places.trial)).toBeUndefined();

    await writeFile(places.trial, 'b\n');
    await writeFile(places.reverted, 'ended with code 1\n');
    launch();
    await waitUntil(async () => (await lines()).length === 3);
    expect((await lines()).at(-1)).toBe('a');
    await waitUntil(async () => (await mark(places.trial)) === undefined);
  });

  it('starts what was installed where a slot is empty or named by nonsense', async () => {
    await writeFile(places.current, '../../evil\n');
    await writeFile(places.trial, 'b\n');
    launch();
    await untilLast('installed');
    expect(await mark(places.reverted)).toBe('missing\n');
  });
});
