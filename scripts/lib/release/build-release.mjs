import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { compileAgent, TARGETS } from '../../../apps/agent/build/compile.mjs';
import {
  compileCli,
  executableName,
  TARGETS as CLI_PLATFORMS,
} from '../../../apps/cli/build/compile.mjs';
import { say } from '../progress.mjs';
import { inRoot } from '../root.mjs';
import { billOfProgram } from './bill.mjs';

const run = promisify(execFile);

export const CLI_TARGETS = Object.keys(CLI_PLATFORMS);
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

/** One program of its own version, its licence and the rules that `policy check` reads, in a folder of its own. */
async function archiveCli({ folder, platform }) {
  const { version } = JSON.parse(await readFile(inRoot('apps/cli/package.json'), 'utf8'));
  const name = `spt-flow-${version}-${platform}`;
  const temporary = await mkdtemp(path.join(tmpdir(), 'spt-flow-cli-'));
  const content = path.join(temporary, name);
  try {
    await mkdir(content);
    await compileCli({ platform, outfile: path.join(content, executableName(platform)) });
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
