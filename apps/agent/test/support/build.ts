import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const run = promisify(execFile);
const BUILD_SCRIPT = fileURLToPath(new URL('../../build.mjs', import.meta.url));

/** Builds the agent as it ships into a folder of its own; answers the folder. */
export async function buildAgent(...options: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'spt-flow-agent-'));
  await run(process.execPath, [BUILD_SCRIPT, '--out', folder, ...options]);
  return folder;
}

/** Bundles a file of the tests, so that plain Node can run it. */
export async function bundleScript(name: string, folder: string): Promise<string> {
  const outfile = join(folder, `${name}.mjs`);
  const entry = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['@lydell/node-pty'],
  });
  return outfile;
}
