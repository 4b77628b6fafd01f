import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const AGENT = path.join(ROOT, 'apps/agent');
const DIST = path.join(AGENT, 'dist');
const BUNDLE = path.join(DIST, 'agent.cjs');
const EXECUTABLE = path.join(DIST, 'spt-flow-agent');
const SOURCES = [
  path.join(AGENT, 'src'),
  path.join(ROOT, 'packages/tunnel/src'),
  path.join(ROOT, 'packages/shared/src'),
  path.join(ROOT, 'packages/config/src'),
];
const LOCK = path.join(tmpdir(), 'spt-flow-test-agent-build.lock');
const LOCK_STALE_MS = 60_000;

/** builtAgent returns the agent's bundle, built anew when its sources are younger; test files at once build it once. */
export async function builtAgent(): Promise<string> {
  await buildUnlessFresh(BUNDLE);
  return BUNDLE;
}

/** builtExecutables returns the folder that has the agent as an executable for this machine. */
export async function builtExecutables(): Promise<string> {
  await buildUnlessFresh(EXECUTABLE);
  return DIST;
}

async function buildUnlessFresh(file: string): Promise<void> {
  while (await isStale(file)) {
    if (await takeLock()) await build();
    else await delay(200);
  }
}

async function build(): Promise<void> {
  try {
    const script = path.join(AGENT, 'build.mjs');
    await promisify(execFile)(process.execPath, [script, '--executable'], { cwd: ROOT });
  } finally {
    await rm(LOCK, { recursive: true, force: true });
  }
}

async function takeLock(): Promise<boolean> {
  const since = await stat(LOCK).catch(() => undefined);
  if (since && Date.now() - since.mtimeMs > LOCK_STALE_MS)
    await rm(LOCK, { recursive: true, force: true });
  return mkdir(LOCK).then(
    () => true,
    () => false,
  );
}

async function isStale(file: string): Promise<boolean> {
  const built = await stat(file).catch(() => undefined);
  if (!built) return true;
  const times = await Promise.all(SOURCES.map(newest));
  return Math.max(...times) > built.mtimeMs;
}

async function newest(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'));
  const stats = await Promise.all(files.map((file) => stat(path.join(file.parentPath, file.name))));
  return Math.max(0, ...stats.map(({ mtimeMs }) => mtimeMs));
}
