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

/** Imported late, because a fresh clone has to install esbuild first. */
async function bundle(entryPoints) {
  const { build } = await import('esbuild');
  await rm(inRoot('.cache/bench'), { recursive: true, force: true });
  await build({
    absWorkingDir: inRoot(),
    entryPoints,
    outdir: '.cache/bench',
    outbase: 'bench',
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    sourcemap: 'inline',
    plugins: [npmPackagesStayOutside],
    logLevel: 'warning',
  });
}

const npmPackagesStayOutside = {
  name: 'npm-packages-stay-outside',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path }) =>
      path.startsWith('@spt-flow/') ? undefined : { external: true },
    );
  },
};
