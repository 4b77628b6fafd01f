import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inRoot } from '../../root.mjs';

/** What the checks read. */
const COPIED = [
  'infra',
  'docker',
  'docs/infrastructure',
  'docs/guides/getting-started.md',
  'docs/architecture.mmd',
  'packages/db/package.json',
  'packages/shared/src/domain',
  'scripts/lib/infra',
];

/** plantErrors plants one error at a time in a copy of the checkout, and names those that their check does not find. */
export async function plantErrors(errors, stepsOf) {
  const copy = await mkdtemp(path.join(tmpdir(), 'spt-flow-planted-'));
  try {
    for (const part of COPIED) await cp(inRoot(part), path.join(copy, part), { recursive: true });
    const problems = [];
    for (const error of errors) problems.push(...(await plant(copy, error, stepsOf)));
    return problems;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function plant(root, { file, from, to, found }, stepsOf) {
  const target = path.join(root, file);
  const text = await readFile(target, 'utf8');
  const planted = to === undefined ? '' : text.replace(from, () => to);
  if (planted === text) return [`${file}: '${from}' is not there any more: plant another error`];
  await (to === undefined ? rm(target) : writeFile(target, planted));
  try {
    // Made anew for each error, since what is rendered is kept.
    const problems = await stepsOf(root)
      .find(({ name }) => name === found)
      .run();
    return problems.length > 0 ? [] : [`${file}: '${to ?? 'no file'}' is not found by '${found}'`];
  } finally {
    await writeFile(target, text);
  }
}
