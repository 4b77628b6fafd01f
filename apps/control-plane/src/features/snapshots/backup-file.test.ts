import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { extract, pack, type Headers } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '@spt-flow/shared/domain/workspace-settings';
import { packBackup, unpackBackup } from './backup-file.ts';
import { keepPart } from './keep-part.ts';
import type { Manifest } from './manifest.ts';
import { createSnapshotStore, type SnapshotStore } from './snapshot-store.ts';

const MIB = 1024 * 1024;

let directory: string;
let store: SnapshotStore;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'spt-backup-'));
  store = createSnapshotStore(directory);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

type TestEntry = Headers & { readonly content?: string | Buffer };

function tar(entries: readonly TestEntry[]): Promise<Buffer> {
  const out = pack();
  for (const { content, ...header } of entries) {
    if (content === undefined) out.entry(header);
    else out.entry(header, Buffer.from(content));
  }
  out.finalize();
  return buffer(out);
}

const FACTS = {
  createdAt: '2026-11-26T08:00:00.000Z',
  workspace: { name: 'demo', provider: 'local' as const },
  template: null,
  settings: DEFAULT_SETTINGS,
  startScript: null,
  repositoryUrl: null,
};

/** A backup as somebody could write it, with sums that fit unless told. */
async function backupOf(
  archive: Buffer,
  change: { manifest?: object; part?: object; extra?: TestEntry } = {},
): Promise<Buffer> {
  const part = {
    ...{ name: 'workspace', sizeBytes: archive.length, unpackedBytes: 1, entries: 1 },
    sha256: createHash('sha256').update(archive).digest('hex'),
    ...change.part,
  };
  const manifest = {
    ...{ format: 'spt-flow-backup', version: 1, ...FACTS, parts: [part] },
    ...change.manifest,
  };
  return tar([
    { name: 'manifest.json', content: JSON.stringify(manifest) },
    { name: 'workspace.tar.gz', content: archive },
    ...(change.extra ? [change.extra] : []),
  ]);
}

/** In chunks, as they come over a network. */
function* chunks(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 16_384) yield bytes.subarray(at, at + 16_384);
}

function restore(bytes: Buffer, maxBytes = MIB): Promise<Manifest> {
  const id = randomUUID();
  return store.create(id, async (take) => {
    const {
      parts: _,
      format: _format,
      version: _version,
      ...facts
    } = await unpackBackup(Readable.from(chunks(bytes)), {
      take,
      maxBytesOf: async () => maxBytes,
    });
    return facts;
  });
}

async function keep(entries: readonly TestEntry[]): Promise<{ id: string; manifest: Manifest }> {
  const id = randomUUID();
  const archive = Readable.from(chunks(await tar(entries)));
  const manifest = await store.create(id, async (take) => {
    await take({ name: 'workspace', archive }, { maxBytes: MIB, unusual: 'drop' });
    return FACTS;
  });
  return { id, manifest };
}

async function entriesOf(bytes: Buffer) {
  const found: (Headers & { text: string })[] = [];
  const extractor = extract();
  extractor.end(bytes);
  for await (const entry of extractor)
    found.push({ ...entry.header, text: (await buffer(entry)).toString() });
  return found;
}

const LONG = `${'long/'.repeat(60)}name-äöü`;

describe('a backup', () => {
  it('comes back as it was: contents, modes, times, owners, links and long names', async () => {
    const mtime = new Date('2026-01-02T03:04:05Z');
    const { id, manifest } = await keep([
      { name: './', type: 'directory', mode: 0o750, mtime },
      { name: './run.sh', content: '#!/bin/sh\n', mode: 0o755, uid: 1000, gid: 1001, mtime },
      { name: './secret', content: 'x', mode: 0o100000, mtime },
      { name: './sudo', content: 'x', mode: 0o4755, mtime },
      { name: './link', type: 'symlink', linkname: '/usr/bin/python3', mtime },
      { name: './hard', type: 'link', linkname: './run.sh', mtime },
      { name: `./${LONG}`, content: 'far', mtime },
      { name: './pipe', type: 'fifo', mtime },
      { name: './disk', type: 'block-device', devmajor: 8, devminor: 0, mtime },
    ]);
    const packed = packBackup(store, id, manifest);
    const bytes = await buffer(packed.stream);

    const restored = await restore(bytes);

    expect(bytes.length).toBe(packed.sizeBytes);
    expect(restored).toEqual(manifest);
    expect(manifest.parts).toMatchObject([{ name: 'workspace', entries: 7 }]);
    const [restoredId] = (await store.list(undefined)).filter((other) => other !== id);
    for await (const { archive } of store.parts(restoredId ?? '', restored)) {
      const entries = await entriesOf(await buffer(archive));
      expect(entries.map(({ name, mode, text }) => [name, mode, text])).toEqual([
        ['./', 0o750, ''],
        ['./run.sh', 0o755, '#!/bin/sh\n'],
        ['./secret', 0, 'x'],
        ['./sudo', 0o755, 'x'],
        ['./link', 0o644, ''],
        ['./hard', 0o644, ''],
        [`./${LONG}`, 0o644, 'far'],
      ]);
      expect(entries[1]).toMatchObject({ uid: 1000, gid: 1001, mtime });
      expect(entries.slice(4, 6).map(({ linkname }) => linkname)).toEqual([
        '/usr/bin/python3',
        './run.sh',
      ]);
    }
  });

  it('of many links and empty directories is kept whole', async () => {
    const entries = Array.from({ length: 5_000 }, (_, number): TestEntry =>
      number % 2 === 0
        ? { name: `d${number}`, type: 'directory' }
        : { name: `l${number}`, type: 'symlink', linkname: `d${number - 1}` },
    );
    const id = randomUUID();
    const archive = Readable.from(chunks(await tar(entries)));

    const manifest = await store.create(id, async (take) => {
      await take({ name: 'workspace', archive }, { maxBytes: 10 * MIB, unusual: 'drop' });
      return FACTS;
    });

    expect(manifest.parts).toMatchObject([{ entries: 5_000 }]);
  });

  it('of a file of many MiB is kept whole', async () => {
    const id = randomUUID();
    const content = Buffer.alloc(40 * MIB, 'x');
    const archive = Readable.from(chunks(await tar([{ name: 'big', content }])));

    const manifest = await store.create(id, async (take) => {
      await take({ name: 'workspace', archive }, { maxBytes: 100 * MIB, unusual: 'drop' });
      return FACTS;
    });

    expect(manifest.parts).toMatchObject([{ entries: 1, unpackedBytes: 40 * MIB }]);
  });

  it.each<[string, string, TestEntry[]]>([
    ['leaves its directory', 'path', [{ name: '../evil', content: 'x' }]],
    ['leaves it later', 'path', [{ name: 'a/../../evil', content: 'x' }]],
    ['begins at the root', 'path', [{ name: '/etc/evil', content: 'x' }]],
    [
      'writes through a link',
      'link',
      [
        { name: 'a', type: 'symlink', linkname: '/etc' },
        { name: 'a/passwd', content: 'x' },
      ],
    ],
    [
      'replaces a link',
      'link',
      [
        { name: './a', type: 'symlink', linkname: '/etc/passwd' },
        { name: 'a', content: 'x' },
      ],
    ],
    [
      'links to what is outside',
      'path',
      [{ name: 'a', type: 'link', linkname: '../../etc/passwd' }],
    ],
    [
      'links through a link',
      'link',
      [
        { name: 'a', type: 'symlink', linkname: '/etc' },
        { name: 'b', type: 'link', linkname: 'a/passwd' },
      ],
    ],
    ['has a device', 'kind', [{ name: 'sda', type: 'block-device', devmajor: 8, devminor: 0 }]],
    ['has a pipe', 'kind', [{ name: 'pipe', type: 'fifo' }]],
    ['has a program that runs as root', 'kind', [{ name: 'su', mode: 0o4755, content: 'x' }]],
  ])('that %s is refused', async (_name, reason, entries) => {
    const bytes = await backupOf(gzipSync(await tar(entries)));

    await expect(restore(bytes)).rejects.toMatchObject({
      ...{ code: 'backup_invalid', details: { reason } },
    });
    expect(await store.list(undefined)).toEqual([]);
  });

  it('with an entry of a kind that nobody knows is refused', async () => {
    const archive = await tar([{ name: 'sparse', content: 'x' }]);
    archive.write('S', 156);
    archive.write(' '.repeat(8), 148);
    const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    archive.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);

    await expect(restore(await backupOf(gzipSync(archive)))).rejects.toMatchObject({
      details: { reason: 'kind' },
    });
  });

  it('that unpacks to more than its workspace may hold is refused, however small it is', async () => {
    const bomb = gzipSync(await tar([{ name: 'zeros', content: Buffer.alloc(20 * MIB) }]));
    const attributes = Buffer.from(`${9 * MIB} comment=`);
    const endless = await tar([{ name: 'x', content: Buffer.alloc(9 * MIB, attributes) }]);
    endless.write('x', 156);
    endless.write(' '.repeat(8), 148);
    const sum = endless.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    endless.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);

    for (const [archive, maxBytes] of [
      [bomb, MIB],
      [gzipSync(endless), 100 * MIB],
    ] as const)
      await expect(restore(await backupOf(archive), maxBytes)).rejects.toMatchObject({
        ...{ code: 'backup_invalid', details: { reason: 'too_large' } },
      });
  });

  it('that is cut off anywhere is refused, and nothing of it is left', async () => {
    const content = Buffer.from(Array.from({ length: 60_000 }, (_, at) => (at * at) % 251));
    const bytes = await backupOf(gzipSync(await tar([{ name: 'file', content }])));

    for (const length of [0, 100, 700, 2_000, Math.floor(bytes.length / 2), bytes.length - 5_000])
      await expect(restore(bytes.subarray(0, length))).rejects.toMatchObject({
        code: 'backup_invalid',
      });
    expect(await store.list(undefined)).toEqual([]);
  });

  it('whose sums, sizes or parts are not as its manifest says is refused', async () => {
    const archive = gzipSync(await tar([{ name: 'file', content: 'x' }]));
    const changes = [
      [{ part: { sha256: '0'.repeat(64) } }, 'checksum'],
      [{ part: { name: 'home' } }, 'manifest'],
      [{ part: { name: '../home' } }, 'manifest'],
      [{ manifest: { parts: [] } }, 'manifest'],
      [{ manifest: { version: 2 } }, 'version'],
      [{ manifest: { format: 'other' } }, 'manifest'],
      [{ manifest: { settings: { size: 'huge' } } }, 'manifest'],
      [{ extra: { name: 'more.tar.gz', content: 'x' } }, 'manifest'],
    ] as const;

    for (const [change, reason] of changes)
      await expect(restore(await backupOf(archive, change))).rejects.toMatchObject({
        ...{ code: 'backup_invalid', details: { reason } },
      });
    await expect(restore(Buffer.from('not a backup at all'.repeat(100)))).rejects.toMatchObject({
      code: 'backup_invalid',
    });
  });
});

describe('a snapshot on disk', () => {
  it('is refused once a byte of it was changed, or a part is gone', async () => {
    const { id, manifest } = await keep([{ name: 'file', content: 'x' }]);
    const file = store.fileOf(id, manifest.parts[0] ?? { name: '' });
    expect(await store.verify(id)).toEqual(manifest);

    const bytes = await readFile(file);
    bytes[bytes.length - 3] = 1 + (bytes[bytes.length - 3] ?? 0);
    await writeFile(file, bytes);
    await expect(store.verify(id)).rejects.toMatchObject({ details: { reason: 'checksum' } });
    await rm(file);
    await expect(store.verify(id)).rejects.toMatchObject({ details: { reason: 'checksum' } });
    await store.remove(id);
    await expect(store.verify(id)).rejects.toMatchObject({ code: 'backup_invalid' });
  });

  it('that finds the disk full leaves nothing', async () => {
    const archive = Readable.from(chunks(await tar([{ name: 'file', content: 'x' }])));
    const id = randomUUID();
    const work = store.create(id, async () => {
      const options = { file: '/dev/full', maxBytes: MIB, unusual: 'drop' } as const;
      await keepPart(archive, { name: 'workspace', ...options });
      return FACTS;
    });

    await expect(work).rejects.toMatchObject({ code: 'disk_full' });
    expect(await store.list(undefined)).toEqual([]);
  });
});
