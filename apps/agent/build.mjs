import { copyFile, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { compileAgent, definitionsOf } from './build/compile.mjs';

const APP = path.dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: {
    executable: { type: 'boolean', default: false },
    /** Of a release; else what the sources say. */
    'release-version': { type: 'string' },
    out: { type: 'string', default: path.join(APP, 'dist') },
  },
});
const DIST = path.resolve(options.out);
const BUNDLE = path.join(DIST, 'agent.cjs');

/** The native part lies beside the bundle, so that the folder works wherever it is mounted. */
const nativeBesideBundle = {
  name: 'native-beside-bundle',
  setup({ onLoad }) {
    onLoad({ filter: /node-pty[\\/]requireBinary\.js$/ }, () => ({
      contents:
        "exports.requireBinary = (file) => require(require('node:path').join(__dirname, file));",
    }));
    onLoad({ filter: /node-pty[\\/]windowsTerminal\.js$/ }, () => ({ contents: '' }));
  },
};

/** Node keeps the text of what it loads: parsers as large as the agent are a file that only a staging child reads. */
const parsersBesideBundle = {
  name: 'parsers-beside-bundle',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/(css|html|typescript|vue)\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './parsers.cjs', external: true } : undefined,
    );
  },
};

const OPTIONS = {
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20.19',
  format: 'cjs',
  define: definitionsOf({ version: options['release-version'] }),
  logLevel: 'warning',
};

await mkdir(DIST, { recursive: true });
await build({
  ...OPTIONS,
  entryPoints: [path.join(APP, 'src/main.ts')],
  outfile: BUNDLE,
  plugins: [nativeBesideBundle, parsersBesideBundle],
});
await build({
  ...OPTIONS,
  stdin: {
    contents: ['css', 'html', 'typescript', 'vue']
      .map((language) => `export * from './${language}.ts';`)
      .join('\n'),
    resolveDir: path.join(APP, 'src/change-set/syntax'),
  },
  outfile: path.join(DIST, 'parsers.cjs'),
});
await copyNativePart();
if (options.executable)
  await compileAgent({
    outfile: path.join(DIST, 'spt-flow-agent'),
    version: options['release-version'],
  });

async function copyNativePart() {
  const require = createRequire(createRequire(import.meta.url).resolve('@lydell/node-pty'));
  const target = path.join(DIST, 'pty.node');
  // A running agent may have the old one mapped; it keeps its inode.
  await rm(target, { force: true });
  await copyFile(
    require.resolve(`@lydell/node-pty-${process.platform}-${process.arch}/pty.node`),
    target,
  );
}
