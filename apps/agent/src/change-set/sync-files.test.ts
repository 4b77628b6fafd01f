import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { syncFiles, syncNames } from './sync-files.ts';

const FEW = ['a.txt', 'sub/b.txt', 'gone.txt', 'gone/c.txt', 'link.txt'];
const MANY = [...FEW, ...Array.from({ length: 100 }, (_, index) => `sub/${index}.txt`)];

let root: string;

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'spt-flow-sync-'));
  await mkdir(path.join(root, 'sub'));
  for (const name of ['a.txt', 'sub/b.txt']) await writeFile(path.join(root, name), name);
  await symlink('/etc/passwd', path.join(root, 'link.txt'));
});

afterAll(() => rm(root, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

describe.each([
  { kind: 'few', paths: FEW },
  { kind: 'many', paths: MANY },
])('$kind files', ({ paths }) => {
  it('reach the disk, and those that are gone need nothing', async () => {
    await expect(syncFiles(root, paths)).resolves.toBeUndefined();
    await expect(syncNames(root, paths)).resolves.toBeUndefined();
  });

  it('reach the disk where the program sync is not installed', async () => {
    vi.stubEnv('PATH', '/nonexistent');
    await expect(syncFiles(root, paths)).resolves.toBeUndefined();
    await expect(syncNames(root, paths)).resolves.toBeUndefined();
  });
});

it('many files of a file system that can not be synced are a failure', async () => {
  await expect(syncFiles(path.join(root, 'gone'), MANY)).rejects.toThrow('sync');
});
