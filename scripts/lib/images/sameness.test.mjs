import { chmod, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe as describeTests, expect, it } from 'vitest';
import { succeed } from '../infra/tools/programs.mjs';
import { engineOutput } from './images.mjs';
import { differences } from './sameness.mjs';

const FILES = ['changed', 'hidden', 'kept', 'link', 'owned'];

describeTests.skipIf(!process.env.DOCKER_HOST)('two images', () => {
  let folder;
  let images;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-sameness-'));
    for (const file of ['changed', 'hidden', 'kept', 'owned']) await write(file, file);
    await symlink('kept', path.join(folder, 'link'));
    const first = await imageOf('first', '0');
    await write('changed', 'another');
    await chmod(path.join(folder, 'hidden'), 0o600);
    await rm(path.join(folder, 'link'));
    await symlink('owned', path.join(folder, 'link'));
    await utimes(path.join(folder, 'kept'), 0, 0);
    images = [first, await imageOf('second', '12')];
  });
  afterAll(async () => {
    await engineOutput('rmi', ...images);
    await rm(folder, { recursive: true });
  });

  function write(file, text) {
    return writeFile(path.join(folder, file), text);
  }

  /** The last file is somebody else's. */
  async function imageOf(name, lastOwner) {
    const archive = path.join(folder, `${name}.tar`);
    const from = ['--file', archive, '--group=0', '--numeric-owner', '--directory', folder];
    await succeed('tar', ['--create', '--owner=0', ...from, ...FILES.slice(0, -1)]);
    await succeed('tar', ['--append', `--owner=${lastOwner}`, ...from, FILES.at(-1)]);
    return engineOutput('import', archive);
  }

  it('differ in content, mode, owner and target of files, and not in their times', async () => {
    const { count, differing } = await differences(...images);

    expect(differing).toEqual(['changed', 'hidden', 'link', 'owned']);
    expect(count).toBeGreaterThanOrEqual(FILES.length);
    expect((await differences(images[0], images[0])).differing).toEqual([]);
  });
});
