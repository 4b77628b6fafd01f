import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findBun, localBun } from '../../../scripts/lib/bun-from-npm.mjs';

const SOURCES = fileURLToPath(new URL('../src', import.meta.url));

/** TARGETS maps a platform to the npm package that holds its Bun. */
export const TARGETS = {
  'linux-x64': '@oven/bun-linux-x64',
  'linux-x64-musl': '@oven/bun-linux-x64-musl',
  'linux-arm64': '@oven/bun-linux-aarch64',
  'linux-arm64-musl': '@oven/bun-linux-aarch64-musl',
  'darwin-x64': '@oven/bun-darwin-x64',
  'darwin-arm64': '@oven/bun-darwin-aarch64',
};

const FLAGS = [
  '--compile',
  '--minify',
  // Its parsing is a third of a start; it grows the executable by a twentieth.
  '--bytecode',
  // What lies in the directory where the agent starts is the project's, and none of its business.
  '--no-compile-autoload-dotenv',
  '--no-compile-autoload-bunfig',
  '--compile-exec-argv=--smol',
  // Machine code for what runs once a minute costs more memory than it saves time.
  '--compile-jit-policy=8',
];

/** definitionsOf is what a release puts into its program: its version, and whose releases it takes. */
export function definitionsOf({ version, updateRoot }) {
  return {
    ...(version === undefined ? {} : { SPT_FLOW_AGENT_VERSION: JSON.stringify(version) }),
    ...(updateRoot === undefined ? {} : { SPT_FLOW_UPDATE_ROOT: JSON.stringify(updateRoot) }),
  };
}

/** compileAgent makes one self-contained executable, for this machine if no target is named; answers size and hash. */
export async function compileAgent({ target, outfile, version, updateRoot }) {
  const forOther = target
    ? [`--target=bun-${target}`, `--compile-executable-path=${await findBun(TARGETS[target])}`]
    : [];
  const defines = Object.entries(definitionsOf({ version, updateRoot })).flatMap(
    ([name, value]) => ['--define', `${name}=${value}`],
  );
  const args = ['build', ...FLAGS, ...forOther, ...defines, 'main.ts', '--outfile', outfile];
  // Names in the executable are relative to this directory, and so the same on every machine.
  await promisify(execFile)(localBun, args, { cwd: SOURCES });
  const content = await readFile(outfile);
  return {
    sizeBytes: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  };
}
