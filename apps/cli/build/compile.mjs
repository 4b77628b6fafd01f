import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findBun, localBun } from '../../../scripts/lib/bun-from-npm.mjs';

const SOURCES = fileURLToPath(new URL('../src', import.meta.url));

/** TARGETS maps a platform to the npm package that holds its Bun. */
export const TARGETS = {
  'linux-x64': '@oven/bun-linux-x64',
  'linux-arm64': '@oven/bun-linux-aarch64',
  'darwin-x64': '@oven/bun-darwin-x64',
  'darwin-arm64': '@oven/bun-darwin-aarch64',
  'windows-x64': '@oven/bun-windows-x64',
};

const FLAGS = [
  '--compile',
  '--minify',
  // Its parsing is most of a start.
  '--bytecode',
  // What lies in the directory where somebody stands is none of its business.
  '--no-compile-autoload-dotenv',
  '--no-compile-autoload-bunfig',
];

/** executableName is what the command line is called on a platform. */
export function executableName(platform = process.platform) {
  return platform.startsWith('win') ? 'spt-flow.exe' : 'spt-flow';
}

/** compileCli makes one self-contained executable, for this machine if no platform is named. */
export async function compileCli({ platform, outfile }) {
  const forOther = platform
    ? [`--target=bun-${platform}`, `--compile-executable-path=${await bunOf(platform)}`]
    : [];
  const args = ['build', ...FLAGS, ...forOther, 'bin.ts', '--outfile', outfile];
  // Names in the executable are relative to this directory, and so the same on every machine.
  await promisify(execFile)(localBun, args, { cwd: SOURCES });
}

function bunOf(platform) {
  const program = platform.startsWith('windows') ? 'package/bin/bun.exe' : 'package/bin/bun';
  return findBun(TARGETS[platform], program);
}
