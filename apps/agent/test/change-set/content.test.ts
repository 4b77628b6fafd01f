import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChangeSetRequest } from '@spt-flow/shared/agent-protocol/change-set';
import { createFileEngine } from '../support/file-engine.ts';
import { createProject, sha256, writeEdit, type Project } from '../support/project.ts';
import { snapshotTree } from '../support/tree.ts';

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;

let project: Project;

beforeEach(async () => {
  project = await createProject({ 'a.txt': 'old a', 'b.txt': 'old b' });
});
afterEach(() => rm(project.root, { recursive: true, force: true }));

function at(path: string): string {
  return join(project.directory, path);
}

async function apply(change: Partial<ChangeSetRequest>) {
  return (await createFileEngine(project)).apply(change);
}

function bytesEdit(path: string, content: Buffer): ChangeSetRequest['edits'][number] {
  return { action: 'write', path, content: content.toString('base64') };
}

/** Applies with a build that fails, so that everything must come back. */
async function applyInVain(edits: ChangeSetRequest['edits']): Promise<void> {
  const before = await snapshotTree(project.directory);
  const receipt = await apply({ edits, build: { command: 'false', timeoutMs: 30_000 } });
  expect(receipt.outcome).toBe('rolled_back');
  expect(await snapshotTree(project.directory)).toEqual(before);
}

describe('a change set', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['bytes of every kind', Buffer.from(Array.from({ length: 1_024 }, (_, byte) => byte % 256))],
    ['what is no UTF-8', Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0x00])],
    ['eight megabytes', randomBytes(8 * 1024 * 1024)],
  ])('writes %s as it is, and brings it back as it was', async (_name, content) => {
    const edits = [bytesEdit('a.txt', content), bytesEdit('new.bin', content)];

    await applyInVain(edits);
    expect(await apply({ edits })).toMatchObject({ outcome: 'committed' });

    expect((await readFile(at('a.txt'))).equals(content)).toBe(true);
    expect((await readFile(at('new.bin'))).equals(content)).toBe(true);
    await applyInVain([writeEdit('a.txt', 'text again'), { action: 'delete', path: 'new.bin' }]);
  });

  it.each([
    ['a line end', 'new\nline'],
    ['a dash in front', '-rf'],
    ['spaces and quotes', ' "it\'s" '],
    ['255 bytes', 'x'.repeat(255)],
    ['255 bytes in characters of three', '日'.repeat(85)],
    ['an emoji of several characters', '👩‍👩‍👧'],
    ['a shell command', '$(touch pwned); `touch pwned`'],
    ['a dot in front', '.hidden'],
    ['three dots', '...'],
    ['a name that only looks like git', 'x.git'],
  ])('makes, changes and deletes a file whose name has %s', async (_name, name) => {
    const path = `folder/${name}`;

    expect(await apply({ edits: [writeEdit(path, 'one', null)] })).toMatchObject({
      outcome: 'committed',
      files: [{ path, change: 'created' }],
    });
    await applyInVain([writeEdit(path, 'two', sha256('one'))]);
    await applyInVain([{ action: 'delete', path }]);
    await apply({ edits: [{ action: 'delete', path }] });

    expect(await readdir(at('folder'))).toEqual([]);
    expect((await readdir(project.directory)).toSorted()).toEqual(['a.txt', 'b.txt', 'folder']);
  });

  it.each([
    ['sub/.git/hooks/pre-commit', 'path_not_permitted'],
    ['.GIT/config', 'path_not_permitted'],
    ['x'.repeat(256), 'path_not_permitted'],
    ['half a character \ud800', 'path_not_permitted'],
    ['a\\b', 'path_not_permitted'],
    ['a//b', 'path_not_permitted'],
  ])('refuses the path %j with %s', async (path, code) => {
    await expect(apply({ edits: [writeEdit(path, 'x')] })).rejects.toMatchObject({ code });
  });

  it.each([
    ['differ by case', 'Readme.md', 'README.md'],
    ['differ by the form of a character', 'Ü'.normalize('NFC'), 'ü'.normalize('NFD')],
    ['differ by a sharp s', 'straße', 'STRASSE'],
    ['are a file and below it', 'new', 'new/file'],
    ['are a file and below it, by case', 'New', 'new/deep/file'],
  ])('refuses two paths that %s', async (_name, left, right) => {
    const edits = [writeEdit(left, '1'), writeEdit(right, '2')];

    await expect(apply({ edits })).rejects.toMatchObject({ code: 'bad_request' });
    await expect(apply({ edits: edits.toReversed() })).rejects.toMatchObject({
      code: 'bad_request',
    });
  });

  it('takes a name in another case than that of a file that is there for another file', async () => {
    expect(await apply({ edits: [writeEdit('A.txt', 'upper', null)] })).toMatchObject({
      outcome: 'committed',
    });

    expect(await readFile(at('a.txt'), 'utf8')).toBe('old a');
  });

  it('leaves files beside its own alone, whatever bytes their names are made of', async () => {
    const name = Buffer.concat([Buffer.from(`${project.directory}/`), Buffer.from([0xff, 0xfe])]);
    await writeFile(name, 'strange');

    await apply({ edits: [writeEdit('a.txt', 'new a')] });

    expect(await readFile(name, 'utf8')).toBe('strange');
  });

  it.each([0o644, 0o755, 0o600, 0o444, 0o1666, 0o777])(
    'keeps the mode %o of a file, on both ways',
    async (mode) => {
      await chmod(at('a.txt'), mode);

      await applyInVain([writeEdit('a.txt', 'new a')]);
      expect((await stat(at('a.txt'))).mode & 0o7777).toBe(mode);
      await apply({ edits: [writeEdit('a.txt', 'new a')] });

      expect((await stat(at('a.txt'))).mode & 0o7777).toBe(mode);
    },
  );

  it.each([0o4755, 0o2755])('refuses a program of mode %o', async (mode) => {
    await chmod(at('a.txt'), mode);

    expect(await apply({ edits: [writeEdit('a.txt', 'x')] })).toMatchObject({
      outcome: 'rejected',
      reason: expect.stringContaining('setuid'),
    });
  });

  it.runIf(isRoot)('keeps the owner of a file, on both ways', async () => {
    await chown(at('a.txt'), 1_234, 4_321);
    const owner = async () => {
      const { uid, gid } = await stat(at('a.txt'));
      return [uid, gid];
    };

    await applyInVain([writeEdit('a.txt', 'new a')]);
    expect(await owner()).toEqual([1_234, 4_321]);
    await apply({ edits: [writeEdit('a.txt', 'new a')] });

    expect(await owner()).toEqual([1_234, 4_321]);
  });

  it('replaces a file that another process has locked and reads, who keeps the old content', async () => {
    const holder = spawn('flock', [at('a.txt'), 'sh', '-c', 'echo locked; exec cat']);
    const reader = await open(at('a.txt'));
    await once(holder.stdout, 'data');

    expect(await apply({ edits: [writeEdit('a.txt', 'new a')] })).toMatchObject({
      outcome: 'committed',
    });

    expect(await reader.readFile('utf8')).toBe('old a');
    expect(await readFile(at('a.txt'), 'utf8')).toBe('new a');
    await reader.close();
    holder.stdin.end();
  });

  it('replaces a program while it runs', async () => {
    await writeFile(at('tool'), await readFile('/bin/sleep'), { mode: 0o755 });
    const running = spawn(at('tool'), ['60']);
    await once(running, 'spawn');

    const receipt = await apply({ edits: [writeEdit('tool', '#!/bin/sh\necho new\n')] });

    expect(receipt).toMatchObject({ outcome: 'committed' });
    expect((await run(at('tool'))).stdout).toBe('new\n');
    running.kill();
  });

  it('of what is there already changes nothing', async () => {
    const before = await snapshotTree(project.directory);

    const receipt = await apply({ edits: [writeEdit('a.txt', 'old a', sha256('old a'))] });

    expect(receipt).toMatchObject({ outcome: 'committed' });
    expect(await snapshotTree(project.directory)).toEqual(before);
  });
});
