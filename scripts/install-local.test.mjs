import { execFile } from 'node:child_process';
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { inRoot } from './lib/root.mjs';

const run = promisify(execFile);

let folder;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'spt-flow install-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('installs a command that works by itself, also from another place and through a link', async () => {
  const installed = path.join(folder, 'first');

  const { stdout } = await run(inRoot('scripts/install-local.sh'), [installed]);

  expect(stdout).toBe(
    `Installed ${installed}/bin/spt-flow\nAdd ${installed}/bin to PATH to call it as spt-flow\n`,
  );
  await rename(installed, path.join(folder, 'second'));
  await symlink('second/bin/spt-flow', path.join(folder, 'spt-flow'));
  const program = path.join(folder, 'spt-flow');
  const { stdout: help } = await run(program, ['--help']);
  expect(help).toContain('Usage: spt-flow');
  await writeFile(path.join(folder, 'pod.json'), '{"kind":"Pod"}');
  const judged = run(program, ['policy', 'check', path.join(folder, 'pod.json')]);
  await expect(judged).rejects.toMatchObject({ stdout: expect.stringContaining('RULE') });
});
