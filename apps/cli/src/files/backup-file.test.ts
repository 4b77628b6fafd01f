import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { saveFile } from './backup-file.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'spt-cli-backup-file-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

function save(content: Readable, file = path.join(directory, 'demo.tar')): Promise<void> {
  return saveFile(file, content, new AbortController().signal);
}

it('leaves nothing of a backup that was cut before its file was open', async () => {
  const content = new Readable({ read: () => undefined });
  const saved = save(content);
  content.destroy(new Error('cut'));

  await expect(saved).rejects.toThrow(/could not be written: cut/);
  await delay(20);
  expect(await readdir(directory)).toEqual([]);
});

it('ends a backup that it has nowhere to put', async () => {
  const content = new Readable({ read: () => undefined });

  await expect(save(content, path.join(directory, 'none', 'demo.tar'))).rejects.toThrow(/ENOENT/);
  expect(content.destroyed).toBe(true);
});
