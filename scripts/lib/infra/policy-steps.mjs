import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { inRoot } from '../root.mjs';
import { output } from './programs.mjs';
import { PATTERNS } from './terraform-steps.mjs';
import { ensureTool } from './tools.mjs';

const PRICES = `prices:${inRoot('packages/shared/src/domain/aws-prices.json')}`;

/** policySteps are the checks of the rules, and of the plans by the rules. */
export function policySteps({ infra, plans }) {
  const policy = path.join(infra, 'policy');
  return [
    { name: 'policy format', run: () => opa(policy, ['fmt', '--fail', '--list', '.']) },
    { name: 'policy types', run: () => opa(policy, ['check', '--strict', '.']) },
    { name: 'policy samples', run: () => sampleProblems(policy) },
    { name: 'policy tests', run: () => test(policy) },
    { name: 'policy on plans', run: () => judge(policy, plans) },
  ];
}

async function opa(policy, args) {
  const { exitCode, stdout, stderr } = await output(await ensureTool('opa'), args, { cwd: policy });
  return exitCode === 0 ? [] : [`${stdout}${stderr}`];
}

/** Each rule has a test and both samples: a rule that cannot fail says nothing. */
async function sampleProblems(policy) {
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

async function test(policy) {
  const args = ['test', '--fail-on-empty', '--format=pretty', '.', PRICES];
  return opa(policy, args);
}

async function judge(policy, plans) {
  const verdicts = await Promise.all(
    PATTERNS.map((pattern) => denialsOf(policy, path.join(plans, `${pattern}.json`))),
  );
  return verdicts.flat();
}

/** What the rules for plans say about a plan, a line each. */
async function denialsOf(policy, plan) {
  const query = 'data.sptflow.verdict.terraform';
  const args = [
    'eval',
    '--format=json',
    '--strict-builtin-errors',
    '-d',
    '.',
    '-d',
    PRICES,
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
