import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from './failure.mjs';
import { succeed } from './infra/tools/programs.mjs';

/** unpackPackage brings a package of npm into a folder, when its content is the one that was pinned. */
export async function unpackPackage({ specifier, integrity }, folder) {
  const args = ['pack', specifier, '--json', '--pack-destination', folder];
  const [{ filename }] = JSON.parse(await succeed('npm', args));
  const archive = path.join(folder, filename);
  const sum = createHash('sha512')
    .update(await readFile(archive))
    .digest('base64');
  if (`sha512-${sum}` !== integrity) throw new Failure(`'${specifier}' is not what was pinned`);
  await succeed('tar', [
    ...['-xzf', archive, '-C', folder, '--strip-components=1', '--no-same-owner'],
  ]);
  await rm(archive);
}
