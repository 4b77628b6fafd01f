import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findBun, localBun } from '../../../apps/agent/build/bun-from-npm.mjs';
import { compileAgent, TARGETS } from '../../../apps/agent/build/compile.mjs';
import { say } from '../progress.mjs';
import { inRoot } from '../root.mjs';
import { billOfProgram } from './bill.mjs';

const run = promisify(execFile);

/** Platforms of the command line; the agent has no Windows. */
export const CLI_TARGETS = {
  'linux-x64': TARGETS['linux-x64'],
  'linux-arm64': TARGETS['linux-arm64'],
  'darwin-x64': TARGETS['darwin-x64'],
  'darwin-arm64': TARGETS['darwin-arm64'],
  'windows-x64': '@oven/bun-windows-x64',
};
export const AGENT_TARGETS = Object.keys(TARGETS);

/** buildRelease makes the programs of a version, with checksums and what is in them; answers the files. */
export async function buildRelease({ folder, version, agents, clis, updateRoot }) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const files = [];
  for (const platform of agents) {
    const name = `spt-flow-agent-${platform}`;
    await compileAgent({ target: platform, outfile: path.join(folder, name), version, updateRoot });
    files.push({ name, platform, product: 'agent' });
    say(`Built ${name}`);
  }
  for (const platform of clis) {
    files.push({ name: await archiveCli({ folder, platform }), platform, product: 'cli' });
    say(`Built ${files.at(-1).name}`);
  }
  await writeBills(folder, version);
  await writeChecksums(folder, files);
  await writeFile(path.join(folder, 'files.json'), `${JSON.stringify({ version, files })}\n`);
  return files;
}

/** One program, its licence and the rules that `policy check` reads, in a folder of its own. */
/** The command line has a version of its own. */
async function archiveCli({ folder, platform }) {
  const { version } = JSON.parse(await readFile(inRoot('apps/cli/package.json'), 'utf8'));
  const name = `spt-flow-${version}-${platform}`;
  const temporary = await mkdtemp(path.join(tmpdir(), 'spt-flow-cli-'));
  const content = path.join(temporary, name);
  try {
    await mkdir(content);
    const program = path.join(
      content,
      platform.startsWith('windows') ? 'spt-flow.exe' : 'spt-flow',
    );
    await compileCli({ platform, outfile: program });
    await cp(inRoot('LICENSE'), path.join(content, 'LICENSE'));
    await cp(inRoot('packages/policy/src/policy.wasm'), path.join(content, 'policy.wasm'));
    const archive = `${name}.tar.gz`;
    const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
    await run('tar', [...same, '-czf', path.join(folder, archive), '-C', temporary, name]);
    return archive;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function compileCli({ platform, outfile }) {
  const bun = CLI_TARGETS[platform];
  const isHere = platform === `${process.platform}-${process.arch}`;
  const executable = platform.startsWith('windows') ? 'package/bin/bun.exe' : 'package/bin/bun';
  const other = isHere
    ? []
    : [`--target=bun-${platform}`, `--compile-executable-path=${await findBun(bun, executable)}`];
  const flags = ['--compile', '--minify', '--no-compile-autoload-dotenv'];
  const args = ['build', ...flags, ...other, 'bin.ts', '--outfile', outfile];
  await run(localBun, args, { cwd: inRoot('apps/cli/src') });
}

async function writeBills(folder, version) {
  const { version: bunVersion } = JSON.parse(
    await readFile(inRoot('node_modules/bun/package.json'), 'utf8'),
  );
  for (const product of ['agent', 'cli']) {
    const bill = await billOfProgram(product, { version, bunVersion });
    const file = path.join(folder, `spt-flow-${product}-${version}.cdx.json`);
    await writeFile(file, `${JSON.stringify(bill, undefined, 2)}\n`);
  }
}

/** In the form that `sha256sum -c` reads, with the lists of what is in the programs. */
async function writeChecksums(folder, files) {
  const bills = (await readdir(folder)).filter((name) => name.endsWith('.cdx.json'));
  const lines = [];
  for (const name of [...files.map((file) => file.name), ...bills]) {
    const content = await readFile(path.join(folder, name));
    lines.push(`${createHash('sha256').update(content).digest('hex')}  ${name}\n`);
  }
  await writeFile(path.join(folder, 'SHA256SUMS'), lines.join(''));
}
