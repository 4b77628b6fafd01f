import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cached } from './cache.mjs';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** localBun is the Bun that npm installed for this machine. */
export const localBun = createRequire(import.meta.url).resolve('bun/bin/bun.exe');

/** findBun is the Bun of a platform, taken once from its npm package and checked against the lock file. */
export async function findBun(packageName, program = 'package/bin/bun') {
  const lock = JSON.parse(await readFile(path.join(ROOT, 'package-lock.json'), 'utf8'));
  const locked = lock.packages[`node_modules/${packageName}`];
  if (!locked?.integrity) throw new Error(`package-lock.json has no integrity of ${packageName}`);
  const { version, integrity } = locked;
  const specifier = `${packageName}@${version}`;
  const name = path.basename(packageName);
  const folder = await cached({ name, recipe: [specifier, integrity] }, (target) =>
    unpack({ specifier, integrity, program }, target),
  );
  return path.join(folder, program);
}

async function unpack({ specifier, integrity, program }, folder) {
  const pack = ['pack', specifier, '--json', '--pack-destination', folder];
  const { stdout } = await run('npm', pack, { cwd: folder });
  const archive = path.join(folder, JSON.parse(stdout)[0].filename);
  await checkIntegrity(archive, integrity);
  await run('tar', ['-xzf', archive, '-C', folder, program]);
  await rm(archive);
}

async function checkIntegrity(archive, integrity) {
  const [algorithm, expected] = integrity.split(/-(.*)/);
  const actual = createHash(algorithm)
    .update(await readFile(archive))
    .digest('base64');
  if (actual !== expected) throw new Error(`'${archive}' is not what package-lock.json names`);
}
