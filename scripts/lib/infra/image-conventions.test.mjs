import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inRoot } from '../root.mjs';
import { imageSteps } from './image-conventions.mjs';
import { IMAGE_MUTATIONS } from './planted-image-errors.mjs';

let infra;

beforeAll(async () => {
  infra = await mkdtemp(path.join(tmpdir(), 'spt-flow-images-'));
  await cp(inRoot('infra/images'), path.join(infra, 'images'), { recursive: true });
});
afterAll(() => rm(infra, { recursive: true }));

function problems() {
  const [step] = imageSteps({ infra });
  return step.run();
}

it('the Dockerfiles of the repository keep to the conventions', async () => {
  expect(await problems()).toEqual([]);
});

it.each(IMAGE_MUTATIONS)('$file with $to is refused', async ({ file, from, to }) => {
  const target = path.join(infra, file);
  const text = await readFile(target, 'utf8');
  const planted = text.replace(from, to);
  expect(planted).not.toBe(text);
  await writeFile(target, planted);
  try {
    expect(await problems()).toEqual([expect.stringContaining(file)]);
  } finally {
    await writeFile(target, text);
  }
});
