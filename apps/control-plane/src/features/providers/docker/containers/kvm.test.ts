import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kvmOptions, kvmProblem } from './kvm.ts';

let directory: string;
let device: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'spt-kvm-'));
  device = path.join(directory, 'kvm');
  await writeFile(device, '');
});
afterAll(() => rm(directory, { recursive: true }));

it('says what a machine lacks', () => {
  expect(kvmProblem(device)).toBeUndefined();
  expect(kvmProblem(path.join(directory, 'none'))).toMatch(
    /^This machine has no .*\.metal on AWS$/,
  );
});

it('gives the device to who asks for it, with its group unless that is root’s', async () => {
  const permissions = { PathOnHost: device, PathInContainer: device, CgroupPermissions: 'rw' };
  const own = process.getgid?.() ?? 0;

  expect(await kvmOptions({ virtualization: false }, device)).toEqual({});
  expect(await kvmOptions({ virtualization: true }, device)).toEqual({
    Devices: [permissions],
    ...(own !== 0 && { GroupAdd: [String(own)] }),
  });
  if (process.getuid?.() !== 0) return;
  await chown(device, 0, 108);
  expect((await kvmOptions({ virtualization: true }, device)).GroupAdd).toEqual(['108']);
});
