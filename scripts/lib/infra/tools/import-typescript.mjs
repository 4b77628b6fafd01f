import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** importTypeScript imports a module of the product, which is TypeScript that Node 20 does not read. */
export async function importTypeScript(file) {
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-module-'));
  try {
    const outfile = path.join(folder, 'module.mjs');
    await build({
      entryPoints: [file],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'silent',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true });
  }
}
