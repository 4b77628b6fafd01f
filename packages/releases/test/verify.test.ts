import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyIdOf } from '../src/document-checks.ts';
import { signDocument } from '../src/publish/documents.ts';
import { createReleaseFiles } from '../src/publish/release-files.ts';
import { ReleaseError } from '../src/release-error.ts';
import { createTestReleases, newKeys, type TestReleases } from '../src/testing/release-folder.ts';
import { verifyReleases, type MetadataMemory } from '../src/verify-releases.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.parse('2026-06-01T00:00:00Z');

let folder: string;
let releases: TestReleases;
let root: Buffer;
/** Where it is read. */
let served: string;
/** Answers in place of what lies in the folder. */
let forged: Map<string, Buffer>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spt-releases-'));
  releases = await createTestReleases(folder, { nowMs: START_MS });
  root = await metadata('1.root.json');
  served = folder;
  forged = new Map();
  await releases.release({ version: '0.2.0', programs: { 'linux-x64': 'two' } });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function metadata(name: string): Promise<Buffer> {
  return readFile(join(folder, 'metadata', name));
}

const source = {
  async read(name: string, maxBytes: number) {
    const bytes =
      forged.get(name.replace('metadata/', '')) ?? (await createReleaseFiles(served).read(name));
    if (bytes && bytes.length > maxBytes) throw new ReleaseError('too_large', name);
    return bytes;
  },
};

function check({
  memory = {},
  nowMs = START_MS,
  pinned = root,
}: { memory?: MetadataMemory; nowMs?: number; pinned?: Buffer } = {}) {
  return verifyReleases({ root: pinned, source, memory, nowMs });
}

async function forge(
  name: string,
  change: (signed: Record<string, unknown>) => void,
  keys = releases.all(),
) {
  const text = (await metadata(name)).toString('utf8');
  const { signed } = JSON.parse(text) as { signed: Record<string, unknown> };
  change(signed);
  forged.set(name, Buffer.from(JSON.stringify(signDocument({ signed, signatures: [] }, keys))));
}

function fault(code: string): unknown {
  return expect.objectContaining({ fault: code });
}

describe('verified releases', () => {
  it('are what was signed, and are remembered', async () => {
    const verified = await check();

    expect(verified.targets).toMatchObject([
      { path: '0.2.0/spt-flow-agent-linux-x64', version: '0.2.0', sequence: 1, lengthBytes: 3 },
    ]);
    expect((await check({ memory: verified.memory })).targets).toEqual(verified.targets);
  });

  it('need a threshold of signatures by keys of the role', async () => {
    await forge('timestamp.json', () => undefined, newKeys(3));
    await expect(check()).rejects.toEqual(fault('signature'));

    forged.clear();
    await forge('2.targets.json', () => undefined, releases.keys.targets.slice(0, 1));
    await expect(check()).rejects.toEqual(fault('mixed'));
  });

  it('refuse targets that one of two keys has signed, whoever signed the rest', async () => {
    const [one] = releases.keys.targets;
    if (!one) throw new Error('no key');
    const files = createReleaseFiles(folder);
    const document = await files.readDocument('metadata/2.targets.json');
    const signed = { ...document?.signed, version: 3 };
    await files.write('metadata/3.targets.json', signDocument({ signed, signatures: [] }, [one]));
    await releases.repository.publish({ keys: releases.all(), nowMs: START_MS });

    await expect(check()).rejects.toEqual(fault('signature'));
  });

  it('end with their time, and say by which clock', async () => {
    const late = check({ nowMs: START_MS + 8 * DAY_MS });
    await expect(late).rejects.toEqual(fault('expired'));
    await expect(late).rejects.toThrow('2026-06-09T00:00:00.000Z');
  });

  it('end with their time also by a clock that is years behind', async () => {
    const { memory } = await check();
    await releases.repository.publish({ keys: releases.all(), nowMs: START_MS + 6 * DAY_MS });
    const later = await check({ memory, nowMs: 0 });
    expect(later.memory.notBeforeMs).toBe(START_MS + 6 * DAY_MS);

    // Frozen: only what was signed on the first day is shown, which has ended by what is known of the time.
    const known = { ...memory, notBeforeMs: START_MS + 9 * DAY_MS };
    forged.set('timestamp.json', memory.timestamp ?? Buffer.alloc(0));
    await expect(check({ memory: known, nowMs: 0 })).rejects.toEqual(fault('expired'));
  });

  it('never go back to older metadata', async () => {
    const old = await metadata('timestamp.json');
    await releases.release({ version: '0.3.0', programs: { 'linux-x64': 'three' } });
    const { memory } = await check();
    forged.set('timestamp.json', old);

    await expect(check({ memory })).rejects.toEqual(fault('rolled_back'));
  });

  it('are of one release: no snapshot with the targets of another', async () => {
    const old = await metadata('2.targets.json');
    await releases.release({ version: '0.3.0', programs: { 'linux-x64': 'three' } });
    forged.set('3.targets.json', old);

    await expect(check()).rejects.toEqual(fault('mixed'));
  });

  it('survive memory that is torn or of somebody else', async () => {
    const memory = { timestamp: Buffer.from('{"sig'), snapshot: Buffer.from('') };
    expect((await check({ memory })).targets).toHaveLength(1);
  });

  it.each([['never'], ['2026-13-45T99:99:99Z']])(
    'have an end that can be read, not %s',
    async (expires) => {
      await forge('timestamp.json', (signed) => (signed['expires'] = expires));
      await expect(check()).rejects.toEqual(fault('malformed'));
    },
  );

  it('are bounded', async () => {
    forged.set('timestamp.json', Buffer.alloc(100_000, ' '));
    await expect(check()).rejects.toEqual(fault('too_large'));
  });
});

describe('roots', () => {
  it('change five times in a row, from the oldest that is pinned', async () => {
    for (let turn = 0; turn < 5; turn += 1) {
      const before = releases.keys.root;
      releases.keys.root = newKeys(3);
      await releases.repository.stageRoot(releases.roles(), { nowMs: START_MS });
      await releases.repository.sign([...before, ...releases.keys.root]);
      await releases.repository.publish({ keys: releases.all(), nowMs: START_MS });
    }
    expect((await check()).rootVersion).toBe(6);
  });

  it('change only with enough of the old keys and enough of the new', async () => {
    const before = releases.keys.root;
    releases.keys.root = newKeys(3);
    await releases.repository.stageRoot(releases.roles(), { nowMs: START_MS });
    const next = join(folder, 'metadata/2.root.json');
    const pending = join(folder, 'pending/2.root.json');
    for (const keys of [
      [...before.slice(0, 1), ...releases.keys.root],
      [...before, ...releases.keys.root.slice(0, 1)],
    ]) {
      const { signed } = JSON.parse(await readFile(pending, 'utf8')) as { signed: object };
      await writeFile(next, JSON.stringify(signDocument({ signed, signatures: [] }, keys)));
      await expect(check()).rejects.toEqual(fault('signature'));
    }
    await rm(next);
    expect(await releases.repository.sign(before)).toEqual(['pending/2.root.json']);
    await expect(
      releases.repository.publish({ keys: releases.all(), nowMs: START_MS }),
    ).rejects.toThrow('short of 2 signature(s)');
  });

  it('recover from a stolen timestamp key: the counter begins anew with the new key', async () => {
    await forge('timestamp.json', (signed) => (signed['version'] = 1_000_000));
    const { memory } = await check();
    forged.clear();
    releases.keys.timestamp = newKeys(1);
    releases.keys.snapshot = newKeys(1);
    await releases.repository.stageRoot(releases.roles(), { nowMs: START_MS });
    await releases.repository.sign(releases.all());
    await releases.repository.publish({ keys: releases.all(), nowMs: START_MS });

    expect((await check({ memory })).rootVersion).toBe(2);
  });

  async function changeKeys(): Promise<void> {
    releases.keys.targets = newKeys(2);
    releases.keys.timestamp = newKeys(1);
    releases.keys.snapshot = newKeys(1);
    await releases.repository.stageRoot(releases.roles(), { nowMs: START_MS });
    await releases.repository.stageTargets([], { nowMs: START_MS });
    await releases.repository.sign(releases.all());
    await releases.repository.publish({ keys: releases.all(), nowMs: START_MS });
  }

  it('never go back to one whose keys were changed, since they may be stolen', async () => {
    const before = join(folder, 'before');
    await cp(join(folder, 'metadata'), join(before, 'metadata'), { recursive: true });
    await changeKeys();
    const { memory } = await check();

    served = before;
    await expect(check({ memory })).rejects.toEqual(fault('rolled_back'));
    await expect(check()).resolves.toMatchObject({ rootVersion: 1 });
  });

  it('begin anew on a machine that was given another one', async () => {
    await changeKeys();
    const { memory } = await check();
    served = join(folder, 'other');
    await createTestReleases(served, { nowMs: START_MS });
    const pinned = await readFile(join(served, 'metadata/1.root.json'));

    expect(await check({ memory, pinned })).toMatchObject({ rootVersion: 1 });
  });

  it('recover from stolen keys that have put the clock forward', async () => {
    const later = new Date(START_MS + 300 * DAY_MS).toISOString().replace('.000', '');
    const ahead = new Date(START_MS + 80 * DAY_MS).toISOString().replace('.000', '');
    await forge('2.snapshot.json', (signed) => (signed['expires'] = later));
    await forge('timestamp.json', (signed) => {
      signed['issued'] = ahead;
      signed['expires'] = later;
      signed['meta'] = { 'snapshot.json': { version: 2 } };
    });
    const { memory } = await check();
    expect(memory.notBeforeMs).toBe(Date.parse(ahead));
    forged.clear();
    await changeKeys();

    expect((await check({ memory })).rootVersion).toBe(2);
  });

  it('count no key twice, and no key under the name of another', async () => {
    const [key] = releases.keys.root;
    if (!key) throw new Error('no key');
    const other = 'a'.repeat(64);
    for (const change of [{ [other]: key.publicKey }, { [other]: newKeys(1)[0]?.publicKey }]) {
      const { signed } = JSON.parse(root.toString('utf8')) as { signed: { keys: object } };
      const pinned = { signed: { ...signed, keys: { ...signed.keys, ...change } }, signatures: [] };
      await expect(check({ pinned: Buffer.from(JSON.stringify(pinned)) })).rejects.toEqual(
        fault('malformed'),
      );
    }
    expect(keyIdOf(key.publicKey)).toBe(key.keyId);
  });
});
