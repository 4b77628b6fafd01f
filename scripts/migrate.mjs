import { endWith } from './lib/failure.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { requireNode } from './lib/require-node.mjs';
import { inRoot } from './lib/root.mjs';
import { run } from './lib/run.mjs';

const PROGRAM = inRoot('.cache/migrate/migrate-database.js');

/** Brings the database up to date without starting the product, which does the same when it starts. */
requireNode();
await endWith(async () => {
  await ensureInstalled();
  const { bundlePrograms } = await import('./lib/bundle-programs.mjs');
  await bundlePrograms({
    entryPoints: ['scripts/lib/migrate-database.mjs'],
    outdir: '.cache/migrate',
  });
  return run(process.execPath, ['--enable-source-maps', PROGRAM, ...process.argv.slice(2)]);
});
