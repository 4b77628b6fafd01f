import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { compileCli, executableName } from './build/compile.mjs';

const APP = path.dirname(fileURLToPath(import.meta.url));

const { values: options } = parseArgs({
  options: { out: { type: 'string', default: path.join(APP, 'dist') } },
});
const DIST = path.resolve(options.out);

await rm(DIST, { recursive: true, force: true });
await build({
  entryPoints: { 'spt-flow': path.join(APP, 'src/bin.ts') },
  outdir: DIST,
  bundle: true,
  // A command loads what it needs, not what all the others do.
  splitting: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  // The packages of CommonJS form that are bundled call `require` for Node's own modules.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
  // Less to read at each start.
  minify: true,
  // Optional native parts of ws, which does without.
  external: ['bufferutil', 'utf-8-validate'],
  logLevel: 'warning',
});
// Starts in a quarter of the time: what ssh runs for each connection, and what people install.
await compileCli({ outfile: path.join(DIST, executableName()) });
// Read by `policy check` only.
await cp(path.join(APP, '../../packages/policy/src/policy.wasm'), path.join(DIST, 'policy.wasm'));
