import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findCommand } from '../../chromium.mjs';
import { succeed } from '../../infra/tools/programs.mjs';
import { billOf, contentOf } from './bill.mjs';
import { debianPackages } from './debian.mjs';
import { buildInfo } from './go.mjs';
import { packageUrl } from './package-url.mjs';

/** Reading the schema takes seconds of one core. */
vi.setConfig({ testTimeout: 120_000 });

const FACTS = {
  name: 'registry.example.com/flow',
  version: '1.2.3',
  digest: 'ab'.repeat(32),
  created: '2026-01-02T03:04:05.678901234Z',
};
const STATUS = `Package: zsh
Status: install ok installed
Architecture: amd64
Source: zsh-source (5.9-1)
Version: 5.9-1+b1
Description: shell
 Package: not this
 with a second line

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: held
Status: hold ok installed
Architecture: all
Version: 1:2~rc1
`;

let root;
let bill;

async function put(file, content) {
  await mkdir(path.dirname(path.join(root, file)), { recursive: true });
  await writeFile(path.join(root, file), content);
}

function manifest(name, version, more = {}) {
  return JSON.stringify({ name, version, ...more });
}

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'spt-flow-bill-'));
  await put('usr/lib/os-release', 'ID=debian\nVERSION_ID="12"\n');
  await put('var/lib/dpkg/status', STATUS);
  await put('var/lib/dpkg/status.d/libc6', STATUS.split('\n\n')[2].replace('held', 'libc6'));
  await put('app/node_modules/a/package.json', manifest('a', '1.0.0', { license: 'MIT' }));
  await put('app/node_modules/a/esm/package.json', manifest('a', '9.9.9'));
  await put('app/node_modules/@s/b/node_modules/a/package.json', manifest('a', '1.0.0'));
  await put('app/node_modules/@s/b/package.json', manifest('@s/b', '2.0.0-rc.1+x'));
  await put('app/node_modules/c/package.json', '{}');
  await put('app/package.json', manifest('ours', '1.0.0'));
  const bundled = [{ name: 'vue', version: '3.5.45', identifier: 'MIT', text: 'long' }];
  await put('app/dashboard/.vite/license.json', JSON.stringify(bundled));
  await put(
    'usr/bin/tool',
    goProgram('go1.26.8', [
      'mod\tm.org/Tool\t(devel)\t',
      'dep\tm.org/old\tv1.0.0\th1:',
      '=>\tm.org/new\tv1.1.0\th1:',
      'dep\tm.org/d\tv0.1.0+incompatible\th1:',
    ]),
  );
  await put(
    'usr/bin/other',
    Buffer.from('\u007fELF, but not of Go, and long enough to be looked at'),
  );
  await put('empty', '');
  bill = billOf(FACTS, await contentOf(root));
});
afterAll(() => rm(root, { recursive: true }));

/** As Go's linker lays it out; before it the magic words stand in the code, as in Go's own tools. */
function goProgram(version, modules) {
  const marker = Buffer.alloc(16, 0x30);
  const lines = Buffer.concat([
    marker,
    Buffer.from(`path\tcommand\n${modules.join('\n')}\n`),
    marker,
  ]);
  const string = (bytes) =>
    Buffer.concat([Buffer.from([(bytes.length & 0x7f) | 0x80, bytes.length >> 7]), bytes]);
  const magic = Buffer.from('\xff Go buildinf:', 'latin1');
  const header = Buffer.concat([magic, Buffer.from([8, 2]), Buffer.alloc(16)]);
  return Buffer.concat([
    Buffer.from('\u007fELF'),
    magic,
    Buffer.alloc(40),
    header,
    string(Buffer.from(version)),
    string(lines),
  ]);
}

function urls(type) {
  return bill.components.map(({ purl }) => purl).filter((purl) => purl.startsWith(`pkg:${type}/`));
}

async function schemaProblems(document) {
  return new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(JSON.stringify(document));
}

describe('a bill of materials', () => {
  it('names the packages that dpkg has installed, and those of images without dpkg', () => {
    expect(urls('deb')).toEqual([
      'pkg:deb/debian/held@1:2~rc1?arch=all&distro=debian-12',
      'pkg:deb/debian/libc6@1:2~rc1?arch=all&distro=debian-12',
      'pkg:deb/debian/zsh@5.9-1%2Bb1?arch=amd64&distro=debian-12&upstream=zsh-source',
    ]);
  });

  it('names packages of npm once, with all their places, and what a bundle holds', () => {
    expect(urls('npm')).toEqual([
      'pkg:npm/%40s/b@2.0.0-rc.1%2Bx',
      'pkg:npm/a@1.0.0',
      'pkg:npm/vue@3.5.45',
    ]);
    const { evidence } = bill.components.find(({ name }) => name === 'a');
    expect(evidence.occurrences.map(({ location }) => location).toSorted()).toEqual([
      '/app/node_modules/@s/b/node_modules/a',
      '/app/node_modules/a',
    ]);
  });

  it('names the modules of Go programs, with replacements in place of what they replace', () => {
    expect(urls('golang')).toEqual([
      'pkg:golang/m.org/d@v0.1.0%2Bincompatible',
      'pkg:golang/m.org/new@v1.1.0',
      'pkg:golang/stdlib@1.26.8',
    ]);
  });

  it('keeps to the schema of CycloneDX, and is the same for the same image', async () => {
    expect(await schemaProblems(bill)).toBeNull();
    expect(await schemaProblems({ ...bill, serialNumber: 'one' })).not.toBeNull();
    expect(billOf(FACTS, await contentOf(root))).toEqual(bill);
  });
});

const registry = findCommand('docker-registry');

it.skipIf(!registry)('a real Go program names its compiler and what it was built of', async () => {
  const { version, modules } = buildInfo(await readFile(registry));

  expect(version).toMatch(/^go1\.\d+/);
  expect(modules).toMatch(/^path\t\S*distribution/);
});

it.each([
  ['npm', '@scope/name', '1.0.0', {}, 'pkg:npm/%40scope/name@1.0.0'],
  [
    'deb',
    'debian/g++',
    '4:12',
    { arch: 'amd64', upstream: undefined },
    'pkg:deb/debian/g%2B%2B@4:12?arch=amd64',
  ],
])('the address of a package of %s', (type, name, version, qualifiers, expected) => {
  expect(packageUrl({ type, name, version, qualifiers })).toBe(expected);
});

it.skipIf(!findCommand('dpkg-query'))('has each package that dpkg has, and no other', async () => {
  const format = '${db:Status-Status} ${Package} ${Version}\n';
  const told = await succeed('dpkg-query', ['--show', '--showformat', format]);
  const installed = told.split('\n').filter((line) => line.startsWith('installed '));

  const packages = await debianPackages('/');

  const lines = packages.map(({ name, version }) => `installed ${name} ${version}`);
  expect(lines.toSorted()).toEqual(installed.toSorted());
  expect(await schemaProblems(billOf(FACTS, packages))).toBeNull();
});
