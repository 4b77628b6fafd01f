import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';

const ROOT = join(import.meta.dirname, '..');
const VITE = join(
  dirname(createRequire(import.meta.url).resolve('vite/package.json')),
  'bin/vite.js',
);
const CHAT_ROUTE = [
  'index.html',
  'src/app/AppShell.vue',
  'src/views/ProjectView.vue',
  'src/views/BuildView.vue',
];
const INITIAL_LIMIT_BYTES = 200_000;
const BUILD_TIMEOUT_MS = 120_000;

const ManifestSchema = z.record(
  z.string(),
  z.object({
    file: z.string(),
    imports: z.array(z.string()).default([]),
    src: z.string().optional(),
  }),
);

let outDir: string;
let manifest: z.infer<typeof ManifestSchema>;

beforeAll(async () => {
  outDir = await mkdtemp(join(tmpdir(), 'spt-flow-dashboard-'));
  // In a process of its own: inside a test run libraries would be built in their development form.
  await promisify(execFile)(
    process.execPath,
    [VITE, 'build', '--outDir', outDir, '--emptyOutDir'],
    {
      cwd: ROOT,
      env: { ...process.env, NODE_ENV: 'production' },
    },
  );
  manifest = ManifestSchema.parse(
    JSON.parse(await readFile(join(outDir, '.vite/manifest.json'), 'utf8')),
  );
}, BUILD_TIMEOUT_MS);
afterAll(() => rm(outDir, { recursive: true, force: true }));

/** Files that are loaded together with the entries, without what is imported on demand. */
function filesOf(entries: readonly string[]): Set<string> {
  const files = new Set<string>();
  const seen = new Set<string>();
  const visit = (key: string): void => {
    const chunk = manifest[key];
    if (!chunk) throw new Error(`The build has no "${key}"`);
    if (seen.has(key)) return;
    seen.add(key);
    files.add(chunk.file);
    chunk.imports.forEach(visit);
  };
  entries.forEach(visit);
  return files;
}

async function textOf(files: Iterable<string>): Promise<string[]> {
  return Promise.all([...files].map((file) => readFile(join(outDir, file), 'utf8')));
}

describe('bundle', () => {
  it('loads at most 200 kB of compressed JavaScript for the chat', async () => {
    const texts = await textOf(filesOf(CHAT_ROUTE));

    const bytes = texts.reduce((sum, text) => sum + gzipSync(text).length, 0);

    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThanOrEqual(INITIAL_LIMIT_BYTES);
  });

  it.each([
    ['the terminal', 'src/views/TerminalView.vue', 'xterm'],
    ['the editor', 'src/views/FilesView.vue', 'cm-scroller'],
  ])('leaves %s to its own page', async (_name, view, mark) => {
    const chat = (await textOf(filesOf(CHAT_ROUTE))).join('');
    const own = (await textOf(filesOf([view]))).join('');

    expect(own).toContain(mark);
    expect(chat).not.toContain(mark);
  });

  it('gives every script and style a name that changes with its contents', () => {
    const names = Object.values(manifest).map((chunk) => chunk.file);

    expect(names.filter((name) => !/^assets\/.+-[\w-]{8}\.\w+$/.test(name))).toEqual([]);
  });

  it('keeps the API out of the service worker', async () => {
    const worker = await readFile(join(outDir, 'sw.js'), 'utf8');

    expect(worker).toContain('precacheAndRoute');
    expect(worker).toContain('(?:api|agents|mcp');
    expect(worker).not.toMatch(/NetworkFirst|StaleWhileRevalidate|CacheFirst/);
  });

  it('has no inline script, which the security policy would refuse', async () => {
    const html = await readFile(join(outDir, 'index.html'), 'utf8');

    expect(html.match(/<script(?![^>]*\bsrc=)/g)).toBeNull();
    expect(html.match(/<script/g)?.length).toBeGreaterThan(1);
  });

  it('carries the icons that its sources name', async () => {
    const sources = await readdir(join(ROOT, 'src'), { recursive: true });
    const texts = await Promise.all(
      sources
        .filter((name) => /\.(?:vue|ts)$/.test(name))
        .map((name) => readFile(join(ROOT, 'src', name), 'utf8')),
    );
    const used = new Set(texts.join('\n').match(/(?<=i-lucide-)[a-z0-9-]+/g));
    const script = (await textOf(filesOf(['index.html']))).join('');

    expect(used.size).toBeGreaterThan(20);
    expect(
      [...used].filter((name) => !new RegExp(`["'\`]?${name}["'\`]?:\\{`).test(script)),
    ).toEqual([]);
  });
});
