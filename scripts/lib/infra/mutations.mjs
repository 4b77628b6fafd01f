import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inRoot } from '../root.mjs';
import { imageSteps } from './image-conventions.mjs';
import { MUTATIONS } from './planted-errors.mjs';
import { policySteps } from './policy-steps.mjs';
import { terraformSteps } from './terraform-steps.mjs';

/** mutationSteps plant one error at a time in a copy of `infra`, and expect the named check to find it. */
export function mutationSteps({ plans }) {
  return [{ name: 'planted errors', run: () => plantAll(plans) }];
}

async function plantAll(plans) {
  const directory = await mkdtemp(path.join(tmpdir(), 'spt-flow-infra-'));
  try {
    const problems = [];
    for (const mutation of MUTATIONS)
      problems.push(...(await plant({ directory, plans }, mutation)));
    return problems;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function plant({ directory, plans }, { file, from, to, found }) {
  const infra = path.join(directory, 'infra');
  await rm(infra, { recursive: true, force: true });
  for (const part of ['images', 'terraform', 'policy'])
    await cp(inRoot('infra', part), path.join(infra, part), { recursive: true });
  const target = path.join(infra, file);
  const text = await readFile(target, 'utf8');
  const planted = to === undefined ? '' : text.replace(from, to);
  if (planted === text) return [`${file}: '${from}' is not there any more: plant another error`];
  await (to === undefined ? rm(target) : writeFile(target, planted));
  const steps = [
    ...imageSteps({ infra }),
    ...terraformSteps({ infra, plans: path.join(directory, 'plans') }),
    ...policySteps({ infra, plans }),
  ];
  const step = steps.find(({ name }) => name === found);
  const problems = await step.run();
  return problems.length > 0 ? [] : [`${file}: '${to ?? 'no file'}' is not found by '${found}'`];
}
