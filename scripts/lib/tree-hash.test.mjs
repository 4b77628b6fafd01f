import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from './root.mjs';
import { treeHash } from './tree-hash.mjs';

let folder;
let relative;

beforeEach(async () => {
  await mkdir(path.join(ROOT, '.cache'), { recursive: true });
  folder = await mkdtemp(path.join(ROOT, '.cache/tree-'));
  relative = path.relative(ROOT, folder);
  await mkdir(path.join(folder, 'src'));
  await writeFile(path.join(folder, 'src/a.ts'), 'one');
});
afterEach(() => rm(folder, { recursive: true }));

describe('treeHash', () => {
  it.each([
    ['a changed content', () => writeFile(path.join(folder, 'src/a.ts'), 'two')],
    ['a renamed file', () => rename(path.join(folder, 'src/a.ts'), path.join(folder, 'src/b.ts'))],
    ['an added file', () => writeFile(path.join(folder, 'src/b.ts'), '')],
  ])('changes with %s', async (_, change) => {
    const before = await treeHash([relative]);

    await change();

    expect(await treeHash([relative])).not.toBe(before);
  });

  it.each([
    'src/a.test.ts',
    'src/components.d.ts',
    'dist/a.js',
    'test/a.ts',
    'node_modules/zod.js',
  ])('ignores %s', async (file) => {
    const before = await treeHash([relative]);

    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), 'x');

    expect(await treeHash([relative])).toBe(before);
  });

  it('takes a missing path for an empty one', async () => {
    expect(await treeHash([relative, `${relative}/absent`])).toBe(await treeHash([relative]));
  });
});
