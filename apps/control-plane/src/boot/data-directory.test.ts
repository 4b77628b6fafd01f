import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultDataDirectory, prepareDataDirectory } from './data-directory.ts';
import { StartError } from './start-error.ts';

describe('data directory', () => {
  let parent: string;

  beforeEach(async () => {
    parent = await mkdtemp(path.join(tmpdir(), 'spt-data-'));
  });

  afterEach(() => rm(parent, { recursive: true, force: true }));

  it('is created with what belongs to others closed', async () => {
    const paths = prepareDataDirectory(path.join(parent, 'deep', 'data'));

    const modes = await Promise.all(
      [paths.root, paths.workspaces, paths.repositories].map(
        async (entry) => (await stat(entry)).mode & 0o777,
      ),
    );
    expect(modes).toEqual([0o711, 0o700, 0o700]);
  });

  it('may be prepared again', () => {
    const first = prepareDataDirectory(path.join(parent, 'data'));

    expect(prepareDataDirectory(path.join(parent, 'data'))).toEqual(first);
  });

  it('loses what builds left that were killed long ago', async () => {
    const { temporary } = prepareDataDirectory(path.join(parent, 'data'));
    for (const name of ['left', 'current']) await mkdir(path.join(temporary, name));
    const longAgo = new Date(Date.now() - 2 * 86_400_000);
    await utimes(path.join(temporary, 'left'), longAgo, longAgo);

    prepareDataDirectory(path.join(parent, 'data'));

    expect(await readdir(temporary)).toEqual(['current']);
  });

  it.each([
    ['a file', 'file'],
    ['below a file', 'file/data'],
  ])('that is %s is refused with the next step', async (_case, name) => {
    await writeFile(path.join(parent, 'file'), '');

    const prepare = () => prepareDataDirectory(path.join(parent, name));

    expect(prepare).toThrow(StartError);
    expect(prepare).toThrow('choose another with --data-dir');
  });

  it('that nobody may write is refused', () => {
    expect(() => prepareDataDirectory('/sys/spt-flow')).toThrow("can't be written");
  });

  it('defaults to the XDG data home', () => {
    expect(defaultDataDirectory({ XDG_DATA_HOME: '/xdg' }, 1000)).toBe('/xdg/spt-flow');
  });

  it('defaults to a place that the database account of root can reach', () => {
    expect(defaultDataDirectory({}, 0)).toBe('/var/lib/spt-flow');
  });
});
