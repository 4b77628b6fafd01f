import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../../failure.mjs';
import { costProblems } from '../cost/parts.mjs';
import { summarize } from './plan-summary.mjs';
import { createTofu } from './tofu.mjs';

export const PATTERNS = ['pubsec', 'sr-ha', 'sr-simple'];

/** plansOf is the folder of the plans of all patterns. */
export function plansOf(root) {
  return path.join(root, '.cache/infra/plans');
}

/** terraformSteps are the checks of the configurations of a checkout; plans are kept in it for the policies. */
export function terraformSteps(root) {
  const aws = path.join(root, 'infra/terraform/aws');
  const plans = plansOf(root);
  return [
    { name: 'terraform format', run: () => format(path.join(root, 'infra/terraform')) },
    { name: 'terraform validate', run: () => validate(aws) },
    { name: 'terraform flags', run: () => test(aws, 'flags') },
    ...moduleSteps(path.join(aws, 'modules')),
    ...PATTERNS.map((pattern) => ({
      name: `plan of ${pattern}`,
      run: () => plan({ aws, plans, pattern }),
    })),
  ];
}

async function format(directory) {
  const tofu = await createTofu();
  const { exitCode, stdout, stderr } = await tofu(directory, [
    'fmt',
    '-check',
    '-recursive',
    '-diff',
  ]);
  return exitCode === 0 ? [] : [`${stdout}${stderr}`];
}

async function validate(directory) {
  const tofu = await createTofu();
  const got = await tofu(directory, ['get', '-no-color']);
  if (got.exitCode !== 0) return [`${got.stdout}${got.stderr}`];
  const { exitCode, stdout, stderr } = await tofu(directory, ['validate', '-no-color']);
  return exitCode === 0 ? [] : [`${stdout}${stderr}`];
}

function moduleSteps(modules) {
  return readdirSync(modules)
    .filter((name) => existsSync(path.join(modules, name, 'tests')))
    .map((name) => ({ name: `module ${name}`, run: () => test(path.join(modules, name), name) }));
}

async function test(directory, name) {
  const { problems } = await runTests(directory, name);
  return problems;
}

/** Each run of a test is planned by the provider itself, without an account. */
async function runTests(directory, name, args = []) {
  const tofu = await createTofu();
  await tofu(directory, ['get', '-no-color', '-test-directory=tests']);
  const { exitCode, stdout, stderr } = await tofu(directory, [
    'test',
    '-json',
    '-verbose',
    `-filter=tests/${name}.tftest.hcl`,
    ...args,
  ]);
  const events = stdout.split('\n').filter(Boolean).map(parseEvent);
  const problems = events
    .filter(({ diagnostic }) => diagnostic?.severity === 'error')
    .map(({ diagnostic }) => describe(diagnostic));
  const passed = events.filter(({ test_run: run }) => run?.status === 'pass').length;
  if (exitCode !== 0 && problems.length === 0) problems.push(`${stdout.slice(-2_000)}${stderr}`);
  if (passed === 0 && problems.length === 0) problems.push(`${name}: no test ran`);
  return { events, problems };
}

function parseEvent(line) {
  try {
    return JSON.parse(line);
  } catch {
    return { diagnostic: { severity: 'error', summary: line } };
  }
}

function describe({ summary, detail = '', range }) {
  const where = range ? `${range.filename}:${range.start.line}: ` : '';
  return `${where}${summary}: ${detail}`.trim();
}

/** The plan of a pattern is kept for the policies, and its summary has to be the one that was reviewed. */
async function plan({ aws, plans, pattern }) {
  const { events, problems } = await runTests(aws, pattern, [
    `-var-file=patterns/${pattern}.tfvars`,
  ]);
  if (problems.length > 0) return problems;
  const found = events.find(
    ({ test_plan: planned, '@testrun': run }) => planned && run === 'pattern',
  );
  if (!found) throw new Failure(`The tests of ${pattern} have no run named 'pattern'`);
  await mkdir(plans, { recursive: true });
  await writeFile(path.join(plans, `${pattern}.json`), JSON.stringify(found.test_plan));
  return [
    ...(await goldenProblems(
      path.join(aws, 'tests/golden', `${pattern}.txt`),
      summarize(found.test_plan),
    )),
    ...(await costProblems(pattern, found.test_plan)),
  ];
}

async function goldenProblems(file, summary) {
  if (process.env.UPDATE_GOLDEN === '1') {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, summary);
    return [];
  }
  const known = await readFile(file, 'utf8').catch(() => '');
  if (known === summary) return [];
  const [before, after] = [new Set(known.split('\n')), new Set(summary.split('\n'))];
  return [
    `The plan is not the reviewed one; UPDATE_GOLDEN=1 npm run infra:check writes it to ${path.relative(process.cwd(), file)}`,
    ...[...before].filter((line) => !after.has(line)).map((line) => `- ${line}`),
    ...[...after].filter((line) => !before.has(line)).map((line) => `+ ${line}`),
  ];
}
