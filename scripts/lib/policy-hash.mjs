import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { inRoot } from './root.mjs';

const RULES = 'infra/policy';
/** What the compiled rules are made of, beside the rules: the limits and the prices go into the same file. */
export const POLICY_DATA = {
  config: `${RULES}/config/data.json`,
  prices: 'packages/shared/src/domain/aws-prices.json',
};
export const BUILT = {
  wasm: 'packages/policy/src/policy.wasm',
  manifest: 'packages/policy/src/policy.json',
};

/** policyHash changes when anything changes that the compiled rules are made of; their tests are no part of them. */
export async function policyHash() {
  const hash = createHash('sha256');
  const names = await readdir(inRoot(RULES), { recursive: true });
  const rules = names.filter((name) => name.endsWith('.rego') && !name.endsWith('.test.rego'));
  const files = [...rules.map((name) => path.join(RULES, name)), ...Object.values(POLICY_DATA)];
  for (const file of files.toSorted())
    hash
      .update(`${file}\0`)
      .update(await readFile(inRoot(file)))
      .update('\0');
  return hash.digest('hex');
}

/** wasmHash is that of the compiled rules as they lie here. */
export async function wasmHash() {
  return createHash('sha256')
    .update(await readFile(inRoot(BUILT.wasm)))
    .digest('hex');
}

/** policyProblems tells whether the compiled rules are those of the sources; OPA is not asked. */
export async function policyProblems() {
  const { sources, wasm } = JSON.parse(await readFile(inRoot(BUILT.manifest), 'utf8'));
  return [
    ...(sources === (await policyHash())
      ? []
      : [`${BUILT.wasm} is not made of the rules in ${RULES}: run npm run policy:build`]),
    ...(wasm === (await wasmHash())
      ? []
      : [`${BUILT.wasm} is not what ${BUILT.manifest} names: run npm run policy:build`]),
  ];
}
