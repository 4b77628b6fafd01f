import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppManifestSchema } from '@spt-flow/shared/domain/app-manifest';
import { createTemplateProvider } from '../../src/features/chat/providers/templates/template-provider.ts';
import { turnHarness } from '../../src/features/chat/testing/turn-harness.ts';
import { freePort } from '../support/ports.ts';

const templatesDir = fileURLToPath(
  new URL('../../src/features/chat/app-templates', import.meta.url),
);

/** Runs a shell command to its end; fails with its output. */
async function shell(command: string, cwd: string): Promise<string> {
  const child = spawn('sh', ['-c', command], { cwd, env: process.env });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${output}`);
  return output;
}

async function answers(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the app ended with ${child.exitCode}`);
    const response = await fetch(url).catch(() => null);
    if (response) {
      await response.arrayBuffer();
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** BuiltApp is an app from a chat request, put together and run as its manifest says. */
export class BuiltApp {
  readonly folder: string;
  url = '';
  #child: ChildProcess | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  async build(): Promise<void> {
    const { build } = await this.#manifest();
    if (build !== null) await shell(build, this.folder);
  }

  /** As a pipeline would; returns what was printed. */
  async test(): Promise<string> {
    const { test } = await this.#manifest();
    if (test === undefined) throw new Error('the app has no tests');
    return shell(test, this.folder);
  }

  async start(): Promise<void> {
    const { start, probePath } = await this.#manifest();
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    this.#child = spawn('sh', ['-c', `exec ${start}`], {
      cwd: this.folder,
      env: { ...process.env, PORT: String(port) },
      stdio: 'ignore',
    });
    await answers(this.url + probePath, this.#child);
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  async text(path = '/', init: RequestInit = {}): Promise<string> {
    return (await fetch(this.url + path, init)).text();
  }

  async post(
    path: string,
    fields: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(this.url + path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers,
      redirect: 'manual',
    });
  }

  async remove(): Promise<void> {
    await this.kill('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  async #manifest() {
    return AppManifestSchema.parse(
      JSON.parse(await readFile(join(this.folder, 'spt-flow.json'), 'utf8')),
    );
  }
}

/** buildFromChat says one sentence to the template provider and writes what it makes of it into a folder. */
export async function buildFromChat(request: string): Promise<BuiltApp> {
  const harness = turnHarness(createTemplateProvider({ templatesDir }), { request });
  await harness.run();
  const app = new BuiltApp(await mkdtemp(join(tmpdir(), 'built-app-')));
  for (const edit of harness.changes[0]?.edits ?? []) {
    if (edit.action !== 'write') continue;
    await mkdir(dirname(join(app.folder, edit.path)), { recursive: true });
    await writeFile(join(app.folder, edit.path), edit.text);
  }
  await app.build();
  await app.start();
  return app;
}
