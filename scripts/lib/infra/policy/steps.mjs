import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from '../../root.mjs';
import { output } from '../tools/programs.mjs';
import { PATTERNS, plansOf } from '../terraform/steps.mjs';
import { ensureTool } from '../tools/tools.mjs';

/** policySteps are the checks of the rules of a checkout, and of this checkout's plans by these rules. */
export function policySteps(root) {
  const policy = path.join(root, 'infra/policy');
  const prices = `prices:${path.join(root, 'packages/shared/src/domain/aws-prices.json')}`;
  return [
    { name: 'policy format', run: () => opa(policy, ['fmt', '--fail', '--list', '.']) },
    { name: 'policy types', run: () => opa(policy, ['check', '--strict', '.']) },
    { name: 'policy tests', run: () => test(policy, prices) },
    { name: 'policy on plans', run: () => judge(policy, prices) },
  ];
}

async function opa(policy, args) {
  const { exitCode, stdout, stderr } = await output(await ensureTool('opa'), args, { cwd: policy });
  return exitCode === 0 ? [] : [`${stdout}${stderr}`];
}

/** sampleProblems: each rule has a test and both samples, since one that cannot fail says nothing. */
export async function sampleProblems(policy) {
  const files = new Set(await readdir(policy, { recursive: true }));
  const rules = [...files].filter((file) => /^(terraform|workspace)\/[^/]+$/.test(file));
  return rules.flatMap((rule) => {
    const name = path.basename(rule);
    const wanted = [
      `${name}.rego`,
      `${name}.test.rego`,
      'samples/allowed/sample.json',
      'samples/disallowed/sample.json',
    ];
    return wanted
      .filter((file) => !files.has(path.join(rule, file)))
      .map((file) => `${rule}/${file} is missing`);
  });
}

async function test(policy, prices) {
  const args = ['test', '--fail-on-empty', '--format=pretty', '.', prices];
  return opa(policy, args);
}

async function judge(policy, prices) {
  const verdicts = await Promise.all(
    PATTERNS.map((pattern) =>
      denialsOf({ policy, prices, plan: path.join(plansOf(ROOT), `${pattern}.json`) }),
    ),
  );
  return verdicts.flat();
}

/** What the rules for plans say about a plan, a line each. */
async function denialsOf({ policy, prices, plan }) {
  const query = 'data.sptflow.verdict.terraform';
  const args = [
    'eval',
    '--format=json',
    '--strict-builtin-errors',
    '-d',
    '.',
    '-d',
    prices,
    '-i',
    plan,
    query,
  ];
  const { exitCode, stdout, stderr } = await output(await ensureTool('opa'), args, { cwd: policy });
  if (exitCode !== 0) return [`${stdout}${stderr}`];
  const { result } = JSON.parse(stdout);
  return result[0].expressions[0].value.map(
    ({ rule, resource, reason, remedy }) =>
      `${path.basename(plan)}: ${rule}: ${resource}: ${reason}. ${remedy}`,
  );
}
