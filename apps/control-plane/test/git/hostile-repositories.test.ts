import { createHash } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createBareRepositories, createGit, runLimitedGit } from '../../src/features/git/index.ts';

const PROJECT = '22222222-2222-4222-8222-222222222222';
const BLOB = 3;
const COMMIT = 1;
const TREE = 2;
const DELTA = 7;
const LONGEST_COPY = 0xffffff;

const git = createGit({ searchPath: process.env['PATH'] ?? '' });
let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'spt-flow-git-test-'));
  file = path.join(directory, 'commits.bundle');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function repositories() {
  return createBareRepositories({ directory: path.join(directory, 'bare'), git });
}

it('refuses a few bytes that stand for an object of a gibibyte', async () => {
  const { pack, commit } = bomb(64);
  await writeFile(file, bundle([`${commit} refs/heads/main`], pack));

  await expect(repositories().importBundle(PROJECT, file)).rejects.toThrow('over limit');

  expect(await repositories().branches(PROJECT)).toEqual([]);
});

it('refuses tens of thousands of branches before any is a file', async () => {
  const heads = Array.from(
    { length: 20_001 },
    (_, index) => `${'1'.repeat(40)} refs/heads/b${index}`,
  );
  await writeFile(file, bundle(heads, Buffer.alloc(0)));

  await expect(repositories().importBundle(PROJECT, file)).rejects.toMatchObject({
    code: 'limit_reached',
  });
});

it('bounds the memory of a git that talks to other machines', async () => {
  const program = path.join(directory, 'git');
  await writeFile(program, '#!/bin/sh\nulimit -v\n');
  await chmod(program, 0o755);

  const { stdout } = await runLimitedGit([], {
    searchPath: `${directory}:${process.env['PATH'] ?? ''}`,
    maxFileBytes: 1024,
    signal: AbortSignal.timeout(20_000),
  });

  expect(Number(stdout)).toBeLessThanOrEqual(4 * 1024 * 1024);
});

function bundle(heads: readonly string[], pack: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`# v2 git bundle\n${heads.join('\n')}\n\n`), pack]);
}

/** A commit of a file, and a delta that repeats the file so many times. */
function bomb(times: number) {
  const base = Buffer.alloc(LONGEST_COPY);
  const blob = idOf('blob', base);
  const tree = Buffer.concat([Buffer.from('100644 a\0'), Buffer.from(blob, 'hex')]);
  const who = 'a <a@example.org> 1 +0000';
  const commit = Buffer.from(`tree ${idOf('tree', tree)}\nauthor ${who}\ncommitter ${who}\n\nx\n`);
  const copies = Array.from({ length: times }, () => [0x80 | 0x70, 0xff, 0xff, 0xff]).flat();
  const delta = Buffer.from([
    ...numberOf(base.length),
    ...numberOf(base.length * times),
    ...copies,
  ]);
  const objects = [
    [...headOf(BLOB, base.length), ...deflateSync(base)],
    [...headOf(DELTA, delta.length), ...Buffer.from(blob, 'hex'), ...deflateSync(delta)],
    [...headOf(TREE, tree.length), ...deflateSync(tree)],
    [...headOf(COMMIT, commit.length), ...deflateSync(commit)],
  ];
  const body = Buffer.from([
    ...Buffer.from('PACK'),
    ...[0, 0, 0, 2, 0, 0, 0, objects.length],
    ...objects.flat(),
  ]);
  const sum = createHash('sha1').update(body).digest();
  return { pack: Buffer.concat([body, sum]), commit: idOf('commit', commit) };
}

function idOf(type: string, content: Buffer): string {
  return createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex');
}

/** Seven bits a byte, the lowest first. */
function numberOf(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...numberOf(value >> 7)];
}

function headOf(type: number, size: number): number[] {
  const [first, rest] = [(type << 4) | (size & 0xf), size >> 4];
  return rest === 0 ? [first] : [first | 0x80, ...numberOf(rest)];
}
