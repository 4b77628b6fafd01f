import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { firstFileOf, tarOf, textContent } from './tar.ts';

async function archiveOf(...entries: Parameters<typeof tarOf>[0]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of tarOf(entries)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What tar itself reads in it. */
async function listing(archive: Buffer): Promise<string> {
  const tar = spawn('tar', ['--numeric-owner', '-tvf', '-']);
  tar.stdin.end(archive);
  return text(tar.stdout);
}

function newFile() {
  const content = textContent('hi\n');
  return { path: 'etc/greeting', mode: 0o644, uid: 1000, gid: 100, content };
}

describe('tarOf', () => {
  it('writes what tar understands', async () => {
    const archive = await archiveOf(
      { path: 'workspace', mode: 0o755, uid: 1000, gid: 1000 },
      newFile(),
    );

    const lines = (await listing(archive)).trim().split('\n');
    expect(lines[0]).toMatch(/^drwxr-xr-x 1000\/1000 +0 .* workspace\/$/);
    expect(lines[1]).toMatch(/^-rw-r--r-- 1000\/100 +3 .* etc\/greeting$/);
  });

  it('is read back', async () => {
    expect(firstFileOf(await archiveOf(newFile())).toString()).toBe('hi\n');
  });

  it('refuses a path that does not fit', async () => {
    await expect(archiveOf({ ...newFile(), path: 'x'.repeat(101) })).rejects.toThrow('too long');
  });
});
