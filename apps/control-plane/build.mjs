import { cp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, context } from 'esbuild';

const APP = path.dirname(fileURLToPath(import.meta.url));
const PACKAGES = path.join(APP, '../../packages');
const DIST = path.join(APP, 'dist');

if (process.argv.includes('--watch')) {
  await (await context(await serverBuild())).watch();
} else {
  await rm(DIST, { recursive: true, force: true });
  await build(await serverBuild());
  await copyFiles();
}

/** serverBuild bundles this repository's sources; packages from npm stay outside. */
async function serverBuild() {
  const manifests = [
    APP,
    ...['shared', 'tunnel', 'config', 'db', 'policy', 'releases'].map((name) =>
      path.join(PACKAGES, name),
    ),
  ];
  const external = (await Promise.all(manifests.map(dependenciesOf))).flat();
  return {
    entryPoints: ['server', 'installation'].map((name) => path.join(APP, `src/${name}.ts`)),
    outdir: DIST,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    sourcemap: true,
    external: [...new Set(external)],
    logLevel: 'warning',
  };
}

async function copyFiles() {
  await cp(path.join(PACKAGES, 'policy/src/policy.wasm'), path.join(DIST, 'policy.wasm'));
  await cp(path.join(PACKAGES, 'db/migrations'), path.join(DIST, 'migrations'), {
    recursive: true,
  });
  await cp(path.join(APP, 'src/features/chat/app-templates'), path.join(DIST, 'app-templates'), {
    recursive: true,
  });
  await cp(path.join(APP, 'src/features/templates/built-in'), path.join(DIST, 'templates'), {
    recursive: true,
  });
}

async function dependenciesOf(folder) {
  const { dependencies = {} } = JSON.parse(
    await readFile(path.join(folder, 'package.json'), 'utf8'),
  );
  return Object.keys(dependencies).filter((name) => !name.startsWith('@spt-flow/'));
}
