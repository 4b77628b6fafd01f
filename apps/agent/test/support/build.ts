import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';

const IS_BUN = 'bun' in process.versions;
const run = promisify(execFile);
const BUILD_SCRIPT = fileURLToPath(new URL('../../build.mjs', import.meta.url));

/** Builds the agent as it ships into a folder of its own; answers the folder. */
export async function buildAgent({
  executable = IS_BUN,
  version,
}: { executable?: boolean; version?: string } = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'spt-flow-agent-'));
  const options = executable ? ['--executable'] : [];
  if (version !== undefined) options.push('--release-version', version);
  await run(process.execPath, [BUILD_SCRIPT, '--out', folder, ...options]);
  return folder;
}

/** useBuiltAgent builds it once for the tests of a file, which find it in `folder`. */
export function useBuiltAgent(options?: Parameters<typeof buildAgent>[0]): { folder: string } {
  const built = { folder: '' };
  beforeAll(async () => {
    built.folder = await buildAgent(options);
  }, 120_000);
  afterAll(() => rm(built.folder, { recursive: true, force: true }));
  return built;
}

/** The built agent in the form for the runtime that runs the tests. */
export function programIn(folder: string): string {
  return join(folder, IS_BUN ? 'spt-flow-agent' : 'agent.cjs');
}

/** Bundles a file of the tests, so that it runs by itself. */
export async function bundleScript(name: string, folder: string): Promise<string> {
  const entry = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  await build({
    entryPoints: { [name]: entry },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // What is loaded late is not there to be loaded at the start.
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: IS_BUN ? ['bun'] : [],
    external: ['@lydell/node-pty', 'bun:ffi'],
    // Packages of CommonJS form call `require` for Node's own modules.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return join(folder, `${name}.mjs`);
}
