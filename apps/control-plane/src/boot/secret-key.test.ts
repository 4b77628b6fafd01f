import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSecretKey } from './secret-key.ts';

describe('secret key', () => {
  let directory: string;
  let file: string;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'spt-key-'));
    file = path.join(directory, 'secret.key');
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('is generated once, for its owner only', async () => {
    const first = loadSecretKey(file, undefined);
    const second = loadSecretKey(file, undefined);

    expect(first).toBe(second);
    expect(Buffer.from(first, 'base64url')).toHaveLength(32);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('that is configured is used and never written', async () => {
    expect(loadSecretKey(file, 'configured')).toBe('configured');

    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });

  it('that is damaged stops the start instead of being replaced', async () => {
    await writeFile(file, 'cut');

    expect(() => loadSecretKey(file, undefined)).toThrow('restore it from a backup');
    expect(await readFile(file, 'utf8')).toBe('cut');
  });
});
