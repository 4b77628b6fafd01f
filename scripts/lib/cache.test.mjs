import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { capture } from './run.mjs';

const DAY_MS = 24 * 60 * 60 * 1_000;
let folder;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-cache-test-'));
  vi.stubEnv('SPT_FLOW_CACHE', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** As another clone would use it: nothing is known from before. */
async function another() {
  vi.resetModules();
  const { cached } = await import('./cache.mjs');
  return cached;
}

async function use(recipe, content = 'right') {
  let made = 0;
  const cached = await another();
  const where = await cached({ name: 'tool', recipe }, async (target) => {
    made += 1;
    await writeFile(path.join(target, 'program'), content);
  });
  return { made, file: path.join(where, 'program') };
}

it('makes a thing once for all clones, and again by another recipe', async () => {
  const first = await use('1');

  expect(await use('1')).toEqual({ made: 0, file: first.file });
  expect(await use('2')).toMatchObject({ made: 1 });
});

it.each(['', 'wrong'])('makes again what is %j instead of what was made', async (content) => {
  const { file } = await use('1');
  await writeFile(file, content);

  expect(await use('1')).toEqual({ made: 1, file });
  expect(await readFile(file, 'utf8')).toBe('right');
});

it('keeps nothing of what failed', async () => {
  const cached = await another();
  const fail = () => Promise.reject(new Error('no network'));

  await expect(cached({ name: 'tool', recipe: '1' }, fail)).rejects.toThrow('no network');
  expect(await readdir(folder)).toEqual([]);
  expect(await use('1')).toMatchObject({ made: 1 });
});

it('makes a thing once for two processes at the same time', async () => {
  const program = `
    import { appendFile } from 'node:fs/promises';
    import { cached } from '${path.resolve(import.meta.dirname, 'cache.mjs')}';
    await cached({ name: 'tool', recipe: '1' }, (target) => appendFile(target + '/program', process.pid + '\\n'));
  `;
  const both = [1, 2].map(() =>
    capture(process.execPath, ['--input-type=module', '--eval', program]),
  );

  expect(await Promise.all(both)).toEqual([1, 2].map(() => ({ exitCode: 0, output: '' })));
  const { made, file } = await use('1');
  expect(made).toBe(0);
  expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(1);
});

it('removes what was not used for long, and nothing that is not its own', async () => {
  const old = new Date(Date.now() - 15 * DAY_MS);
  const names = { unused: 'tool-0123456789abcdef', others: 'photographs', left: '.unfinished-x' };
  for (const name of Object.values(names)) {
    await mkdir(path.join(folder, name));
    await utimes(path.join(folder, name), old, old);
  }

  const { file } = await use('1');
  const made = path.relative(folder, file).split('/')[0];
  expect((await readdir(folder)).sort()).toEqual([names.others, made].sort());
});
