import { readdir, rm } from 'node:fs/promises';
import { buildApps } from './lib/build-apps.mjs';
import { Failure, endWith } from './lib/failure.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { requireNode } from './lib/require-node.mjs';
import { inRoot } from './lib/root.mjs';
import { run } from './lib/run.mjs';

requireNode();
await endWith(async () => {
  const [name, ...args] = process.argv.slice(2);
  const names = await programsIn('bench');
  if (!names.includes(name)) {
    throw new Failure(
      `Say which figure to measure: npm run bench -- <${names.join('|')}> [--json]`,
    );
  }
  await ensureInstalled();
  await buildApps();
  await bundle([
    `bench/${name}.ts`,
    ...(await programsIn('bench/peers')).map((peer) => `bench/peers/${peer}.ts`),
    'bench/clients/fleet.ts',
  ]);
  return run(process.execPath, [
    '--enable-source-maps',
    inRoot('.cache/bench', `${name}.js`),
    ...args,
  ]);
});

async function programsIn(folder) {
  const files = await readdir(inRoot(folder));
  return files.filter((file) => file.endsWith('.ts')).map((file) => file.slice(0, -'.ts'.length));
}

async function bundle(entryPoints) {
  // Imported late, because a fresh clone has to install esbuild first.
  const { bundlePrograms } = await import('./lib/bundle-programs.mjs');
  await rm(inRoot('.cache/bench'), { recursive: true, force: true });
  await bundlePrograms({ entryPoints, outdir: '.cache/bench', outbase: 'bench' });
}
