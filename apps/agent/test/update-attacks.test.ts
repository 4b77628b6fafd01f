import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestReleases, type TestReleases } from '@spt-flow/releases/testing/release-folder';
import { runUpdate, type UpdateOrder } from '../src/update/run-update.ts';
import { updatePlaces, type UpdatePlaces } from '../src/update/update-places.ts';
import { bundleScript } from './support/build.ts';
import { createStreams, giveRelease } from './support/release-stream.ts';

const PLATFORM = 'linux-x64';
function program(version: string): string {
  return `#!/bin/sh\necho ${version}\n${'#'.repeat(200_000)}\n`;
}

let home: string;
let scripts: string;
let releases: TestReleases;
let root: Buffer;
let places: UpdatePlaces;

beforeAll(async () => {
  scripts = await mkdtemp(join(tmpdir(), 'spt-flow-driver-'));
  await bundleScript('update-driver', scripts);
});
afterAll(() => rm(scripts, { recursive: true, force: true }));
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'spt-flow-update-'));
  releases = await createTestReleases(join(home, 'releases'));
  root = await readFile(join(home, 'releases/metadata/1.root.json'));
  places = updatePlaces(join(home, 'updates'));
  await releases.release({ version: '0.1.0', programs: { [PLATFORM]: program('0.1.0') } });
  await releases.release({ version: '0.2.0', programs: { [PLATFORM]: program('0.2.0') } });
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function update(order: Partial<UpdateOrder> = {}, folder = releases.folder) {
  const { near, far } = createStreams();
  const given = giveRelease(far, folder);
  const slot = await runUpdate(
    {
      ...{ places, root, version: '0.2.0', platform: PLATFORM },
      ...{ ownVersion: '0.1.0', nowMs: Date.now(), ...order },
    },
    near,
  );
  return { slot, result: await given };
}

async function blob(): Promise<string> {
  const folder = join(releases.folder, 'targets/0.2.0');
  return join(folder, (await readdir(folder))[0] ?? '');
}

async function expectRefused(fault: string, order: Partial<UpdateOrder> = {}): Promise<void> {
  const { slot, result } = await update(order);
  expect(result).toMatchObject({ outcome: 'refused', fault });
  expect(slot).toBeUndefined();
  expect(await readdir(join(places.slots)).catch(() => [])).not.toContain('a');
}

describe('an update', () => {
  it('lays a verified program into the slot that does not run', async () => {
    const { slot, result } = await update();

    expect([slot, result]).toEqual(['a', { outcome: 'staged' }]);
    expect(await readFile(places.program('a'), 'utf8')).toBe(program('0.2.0'));
    expect(JSON.parse(await readFile(places.release('a'), 'utf8'))).toEqual({
      version: '0.2.0',
      sequence: 2,
    });
  });

  it('is refused without a root', () => expectRefused('no_root', { root: undefined }));

  it('is refused when others have signed it', async () => {
    const theirs = await createTestReleases(join(home, 'theirs'));
    await theirs.release({ version: '0.2.0', programs: { [PLATFORM]: program('0.2.0') } });
    const { result } = await update({}, theirs.folder);
    expect(result).toMatchObject({ outcome: 'refused', fault: 'signature' });
  });

  it('is refused when its signatures are over', () =>
    expectRefused('expired', { nowMs: Date.now() + 400 * 86_400_000 }));

  it('is refused when it is older than what was seen', async () => {
    const file = join(releases.folder, 'metadata/timestamp.json');
    const old = await readFile(file);
    await releases.release({ version: '0.3.0', programs: { [PLATFORM]: program('0.3.0') } });
    await update({ version: '0.1.0' });
    await writeFile(file, old);
    await expectRefused('rolled_back');
  });

  it('is refused when it leads back', () =>
    expectRefused('downgrade', { version: '0.1.0', ownVersion: '0.2.0' }));

  it('leads back where that was signed', async () => {
    const programs = { [PLATFORM]: program('0.3.0') };
    await releases.release({ version: '0.3.0', returnsTo: ['0.2.0'], programs });
    expect((await update({ ownVersion: '0.3.0' })).slot).toBe('a');
  });

  it('is refused for another platform', () =>
    expectRefused('wrong_platform', { platform: 'linux-arm64' }));

  it('is refused when the program says that it is another version', async () => {
    await releases.release({ version: '0.3.0', programs: { [PLATFORM]: program('0.2.0') } });
    await expectRefused('unusable', { version: '0.3.0' });
  });

  it('is refused when it does not run here', async () => {
    await releases.release({ version: '0.3.0', programs: { [PLATFORM]: '\x7fELF nothing' } });
    await expectRefused('unusable', { version: '0.3.0' });
  });

  it('is refused when its program was changed, shortened or made longer', async () => {
    const file = await blob();
    await writeFile(file, program('0.2.0').replace('echo', 'ECHO'));
    await expectRefused('damaged');
    await truncate(file, 100);
    await expectRefused('damaged');
    await writeFile(file, `${program('0.2.0')}more`);
    await expectRefused('too_large');
    await rm(file);
    await expectRefused('missing');
  });

  it('goes on where it broke off', async () => {
    const kept = 100_000;
    const sha256 = /[0-9a-f]{64}/.exec(await blob())?.[0] ?? '';
    await mkdir(places.parts, { recursive: true });
    await writeFile(join(places.parts, sha256), program('0.2.0').slice(0, kept));

    const offsets: unknown[] = [];
    const { near, far } = createStreams();
    near.output.on('data', (line: Buffer) =>
      offsets.push(/"offset":(\d+)/.exec(String(line))?.[1]),
    );
    void giveRelease(far, releases.folder);
    const again = { places, root, version: '0.2.0', platform: PLATFORM };
    expect(await runUpdate({ ...again, ownVersion: '0.1.0', nowMs: Date.now() }, near)).toBe('a');
    expect(offsets).toContain(String(kept));
  });

  it('takes no more than was asked for, whoever sends it', async () => {
    const { near, far } = createStreams();
    far.write(`${JSON.stringify({ sizeBytes: 10, lengthBytes: 10_000_000 })}\n`);
    far.resume();
    const order = { places, root, version: '0.2.0', platform: PLATFORM };
    const lines: string[] = [];
    far.on('data', (line: Buffer) => lines.push(String(line)));
    await runUpdate({ ...order, ownVersion: '0.1.0', nowMs: Date.now() }, near);
    expect(lines.join('')).toContain('"fault":"too_large"');
  });
});

describe('an update that loses its power', () => {
  it.each(['verified', 'fetched', 'moved', 'synced', 'cleared', 'placed'])(
    'after it has %s leaves a slot that is whole or none, and succeeds the next time',
    async (step) => {
      await writeFile(join(home, 'root.json'), root);
      const script = join(scripts, 'update-driver.mjs');
      const args = [places.root, join(home, 'root.json'), '0.2.0', PLATFORM, step];
      const child = spawn(process.execPath, [script, ...args], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      child.stdin.on('error', () => undefined);
      const exited = once(child, 'exit');
      const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
      stream.on('error', () => undefined);
      await giveRelease(stream, releases.folder);
      expect(await exited).toEqual([null, 'SIGKILL']);
      const left = await readFile(places.program('a'), 'utf8').catch(() => undefined);
      expect([undefined, program('0.2.0')]).toContain(left);

      expect((await update()).slot).toBe('a');
      expect(await readFile(places.program('a'), 'utf8')).toBe(program('0.2.0'));
    },
  );
});
