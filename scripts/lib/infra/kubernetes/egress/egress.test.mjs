import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../../root.mjs';
import { generatedFiles, readAllowList, squidConfig } from './egress.mjs';

const LIST = 'infra/kubernetes/devenv/egress/allow-list.json';
let folder;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-egress-'));
  await cp(path.join(ROOT, LIST), path.join(folder, LIST), { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));

describe('the allow-list', () => {
  it.each([
    ['an address', [{ host: '1.2.3.4', ports: [443], for: 'test' }]],
    ['everything', [{ host: '*', ports: [443], for: 'test' }]],
    ['a port for something else', [{ host: 'a.example', ports: [25], for: 'test' }]],
    ['no reason', [{ host: 'a.example', ports: [443] }]],
    [
      'a host twice',
      [
        { host: 'a.example', ports: [443], for: 'test' },
        { host: 'a.example', ports: [22], for: 'test' },
      ],
    ],
    [
      'a host below a wildcard',
      [
        { host: '*.a.example', ports: [443], for: 'test' },
        { host: 'b.a.example', ports: [443], for: 'test' },
      ],
    ],
  ])('with %s is refused', async (_what, entries) => {
    await writeFile(path.join(folder, LIST), JSON.stringify(entries));

    await expect(readAllowList(folder)).rejects.toThrow();
  });

  it('is what the files made of it hold', async () => {
    for (const [file, content] of Object.entries(generatedFiles(await readAllowList(ROOT))))
      expect(await readFile(path.join(ROOT, file), 'utf8')).toBe(content);
  });

  it('lets plain HTTP and SSH to the hosts that have them only', () => {
    const config = squidConfig([
      { host: 'git.example', ports: [22, 443], for: 'git' },
      { host: '*.deb.example', ports: [80], for: 'packages' },
    ]);

    expect(config).toContain('acl hosts_22 dstdomain -n git.example\n');
    expect(config).toContain('acl hosts_80 dstdomain -n .deb.example\n');
    expect(config).toContain('http_access allow CONNECT hosts_22 port_22\n');
    expect(config).toMatch(/deny all\ncache deny all/);
  });
});
