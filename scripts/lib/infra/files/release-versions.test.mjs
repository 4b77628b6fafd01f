import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ROOT } from '../../root.mjs';
import { releaseProblems } from './release-versions.mjs';

const FILES = [
  'package.json',
  'infra/VERSION',
  'infra/kubernetes/chart/Chart.yaml',
  'docs/infrastructure/compatibility.md',
];

let copy;

beforeEach(async () => {
  copy = await mkdtemp(path.join(tmpdir(), 'spt-releases-'));
  for (const file of FILES) await cp(path.join(ROOT, file), path.join(copy, file));
});
afterEach(() => rm(copy, { recursive: true, force: true }));

it('is content with the repository', async () => {
  expect(await releaseProblems(copy)).toEqual([]);
});

it.each([
  ['infra/VERSION', '7.0.0\n', ['version is not', 'no row for 7.0.0']],
  ['package.json', '{"version":"7.0.0"}', ['appVersion is not', 'with 7.0.0']],
])('names what a new version in %s is missing from', async (file, text, named) => {
  await writeFile(path.join(copy, file), text);

  const problems = (await releaseProblems(copy)).join('\n');

  for (const part of named) expect(problems).toContain(part);
});
