import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, link, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileHeadSchema, FileListSchema } from '@spt-flow/shared/agent-protocol/requests';
import { useBuiltAgent } from './support/build.ts';
import { createRig, responseOf, type Rig } from './support/rig.ts';

const run = promisify(execFile);
const built = useBuiltAgent();
let rig: Rig;

beforeEach(async () => {
  rig = await createRig(built.folder, {
    'a.txt': 'alpha',
    'folder/b.txt': 'beta!',
    'node_modules/x/index.js': '',
    'ignored.log': '',
  });
  await writeFile(join(rig.project.root, 'secret.txt'), 'secret');
  await symlink('../secret.txt', join(rig.project.directory, 'link.txt'));
  await symlink('..', join(rig.project.directory, 'up'));
});
afterEach(() => rig.close());

async function list(path: string, limit = 1_000) {
  const stream = rig.tunnel.open({ method: 'files.list', path, limit });
  const response = await responseOf(stream);
  return response.ok ? FileListSchema.parse(await json(stream)) : response;
}

async function read(path: string, maxBytes = 1_000_000) {
  const stream = rig.tunnel.open({ method: 'files.read', path, maxBytes });
  const response = await responseOf(stream);
  if (!response.ok) return response;
  return {
    head: FileHeadSchema.parse(response.data),
    bytes: Buffer.concat(await stream.toArray()),
  };
}

describe('files.list', () => {
  it('without a repository lists all but installed packages, sorted, links as links', async () => {
    expect(await list('')).toEqual({
      entries: [
        { path: 'a.txt', kind: 'file', size: 5 },
        { path: 'folder/b.txt', kind: 'file', size: 5 },
        { path: 'ignored.log', kind: 'file', size: 0 },
        { path: 'link.txt', kind: 'link', size: 13 },
        { path: 'up', kind: 'link', size: 2 },
      ],
      truncated: false,
    });
  });

  it('tells what files hold and whether they may be run when asked to, and follows no link', async () => {
    await chmod(join(rig.project.directory, 'a.txt'), 0o755);
    const stream = rig.tunnel.open({ method: 'files.list', path: '', limit: 10, hashes: true });
    await responseOf(stream);

    const { entries } = FileListSchema.parse(await json(stream));
    const { sha256, head } = { sha256: entries[0]?.sha256, head: await read('a.txt') };

    expect(head).toMatchObject({ head: { sha256 } });
    expect(entries.map(({ path, executable }) => [path, executable])).toEqual([
      ['a.txt', true],
      ['folder/b.txt', false],
      ['ignored.log', false],
      ['link.txt', undefined],
      ['up', undefined],
    ]);
  });

  it('in a repository lists what git would keep, without installed packages', async () => {
    const cwd = rig.project.directory;
    await writeFile(join(cwd, '.gitignore'), '*.log\n');
    await mkdir(join(cwd, '.venv/bin'), { recursive: true });
    await writeFile(join(cwd, '.venv/bin/python'), '');
    await writeFile(join(cwd, 'gone.txt'), '');
    await writeFile(join(cwd, 'naïve "name".txt'), '');
    await run('git', ['init', '-q'], { cwd });
    await run('git', ['add', 'gone.txt', 'a.txt'], { cwd });
    await rm(join(cwd, 'gone.txt'));

    const listed = await list('');

    expect('entries' in listed && listed.entries.map(({ path }) => path)).toEqual([
      '.gitignore',
      'a.txt',
      'folder/b.txt',
      'link.txt',
      'naïve "name".txt',
      'up',
    ]);
    expect(await list('folder')).toMatchObject({ entries: [{ path: 'folder/b.txt' }] });
  });

  it('says when there is more than was asked for', async () => {
    expect(await list('', 2)).toMatchObject({
      entries: [{ path: 'a.txt' }, { path: 'folder/b.txt' }],
      truncated: true,
    });
  });

  it('lists 10,000 files', async () => {
    for (let folder = 0; folder < 100; folder += 1) {
      await mkdir(join(rig.project.directory, `many/${folder}`), { recursive: true });
      await Promise.all(
        Array.from({ length: 100 }, (_, file) =>
          writeFile(join(rig.project.directory, `many/${folder}/${file}.txt`), 'x'),
        ),
      );
    }

    const listed = await list('many', 50_000);

    expect('entries' in listed && [listed.entries.length, listed.truncated]).toEqual([
      10_000,
      false,
    ]);
  });

  it.each([
    ['..', 'path_not_permitted'],
    ['folder/../..', 'path_not_permitted'],
    ['/etc', 'path_not_permitted'],
    ['up', 'path_not_permitted'],
    ['up/project', 'path_not_permitted'],
    ['a.txt', 'path_not_permitted'],
    ['absent', 'not_found'],
  ])('refuses the folder %s with %s', async (path, code) => {
    expect(await list(path)).toMatchObject({ ok: false, code });
  });
});

describe('files.read', () => {
  it('sends a file with its hash, size and mode', async () => {
    expect(await read('folder/b.txt')).toEqual({
      head: { size: 5, sha256: createHash('sha256').update('beta!').digest('hex'), mode: 0o644 },
      bytes: Buffer.from('beta!'),
    });
  });

  it('sends an empty file and a large one', async () => {
    const large = Buffer.alloc(3_000_000, 'large');
    await writeFile(join(rig.project.directory, 'large.bin'), large);

    expect(await read('ignored.log')).toMatchObject({ head: { size: 0 }, bytes: Buffer.alloc(0) });
    const sent = await read('large.bin', 3_000_000);
    expect('bytes' in sent && sent.bytes.equals(large)).toBe(true);
  });

  it.each([
    ['../secret.txt', 'path_not_permitted'],
    ['folder/../../secret.txt', 'path_not_permitted'],
    ['/etc/passwd', 'path_not_permitted'],
    ['link.txt', 'path_not_permitted'],
    ['up/secret.txt', 'path_not_permitted'],
    ['folder', 'path_not_permitted'],
    ['', 'path_not_permitted'],
    ['folder//b.txt', 'path_not_permitted'],
    ['./a.txt', 'path_not_permitted'],
    ['a.txt\0.png', 'path_not_permitted'],
    ['..\\secret.txt', 'path_not_permitted'],
    ['x'.repeat(256), 'path_not_permitted'],
    ['absent.txt', 'not_found'],
    ['a.txt/b', 'path_not_permitted'],
  ])('refuses %j with %s', async (path, code) => {
    expect(await read(path)).toMatchObject({ ok: false, code });
  });

  it('counts asking for an absent file as no incident', async () => {
    await read('absent.txt');
    await read('a.txt/b');

    const refusals = rig.events.filter(
      (event) => event.type === 'log' && event.text.startsWith('files.read: '),
    );
    expect(refusals).toMatchObject([{ level: 'debug' }, { level: 'warn' }]);
  });

  it('refuses a file that is larger than wanted', async () => {
    expect(await read('a.txt', 4)).toMatchObject({ ok: false, code: 'too_large' });
  });

  it('does not wait on a named pipe', async () => {
    await run('mkfifo', [join(rig.project.directory, 'pipe')]);

    expect(await read('pipe')).toMatchObject({ ok: false, code: 'path_not_permitted' });
  });

  it('reads a file that has two names', async () => {
    await link(join(rig.project.directory, 'a.txt'), join(rig.project.directory, 'second.txt'));

    expect(await read('second.txt')).toMatchObject({ bytes: Buffer.from('alpha') });
  });
});
