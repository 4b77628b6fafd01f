import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ownProgram } from './own-program.ts';

const NODE = { execPath: '/usr/bin/node', script: '/opt/x/bin/spt-flow.js', folder: '/opt/x/dist' };

it.each([
  ['linux', '/home/ann/bin/spt-flow', '/$bunfs/root/spt-flow'],
  ['win32', '/C/bin/spt-flow.exe', 'B:\\~BUN\\root\\spt-flow.exe'],
] as const)('an executable of %s is run by itself', (platform, execPath, script) => {
  expect(ownProgram({ execPath, script, folder: '/$bunfs/root', platform })).toEqual({
    command: [execPath],
    folder: path.dirname(execPath),
  });
});

it('a bundle is run by Node.js', () => {
  expect(ownProgram({ ...NODE, platform: 'linux' })).toEqual({
    command: ['/usr/bin/node', '/opt/x/bin/spt-flow.js'],
    folder: '/opt/x/dist',
  });
});

it('the executable beside a bundle is run in its place', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(path.join(folder, 'spt-flow'), '');

  expect(ownProgram({ ...NODE, folder, platform: 'linux' }).command).toEqual([
    path.join(folder, 'spt-flow'),
  ]);
});
