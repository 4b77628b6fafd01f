import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openInBrowser } from './browser.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-open-'));
  for (const name of ['xdg-open', 'open']) {
    await writeFile(path.join(folder, name), `#!/bin/sh\necho "$1" >> '${folder}/opened'\n`);
    await chmod(path.join(folder, name), 0o755);
  }
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

it('opens what is shown in a browser, and no file or program that a server names', async () => {
  for (const url of ['file:///etc/passwd', 'smb://evil.example/x', '-a', 'https://app.example/'])
    openInBrowser(url);

  const opened = () => readFile(path.join(folder, 'opened'), 'utf8');
  await vi.waitFor(async () => expect(await opened()).toBe('https://app.example/\n'), {
    timeout: 20_000,
  });
});
