import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../failure.mjs';
import { ROOT } from '../root.mjs';
import { clusterProblems } from './kubernetes-cluster-trial.mjs';
import { composeProblems } from './kubernetes-compose.mjs';
import { generatedFiles, readAllowList } from './kubernetes-egress.mjs';
import { lintProblems } from './kubernetes-lint.mjs';
import { mutationProblems } from './kubernetes-mutations.mjs';
import { collectorProblems, metricProblems, ruleProblems } from './kubernetes-observability.mjs';
import { realmProblems } from './kubernetes-realm.mjs';
import {
  goldenProblems,
  patchProblems,
  refusalProblems,
  render,
  writeGoldens,
} from './kubernetes-render.mjs';
import { schemaProblems } from './kubernetes-schemas.mjs';
import { tryEgressProxy } from './kubernetes-squid.mjs';

/** What is checked, by name; each gets a folder to look at, and what is rendered of it. */
const CHECKS = {
  'egress list': ({ root }) => generatedProblems(root),
  render: async ({ root, rendered }) => [
    ...(await goldenProblems(root, await rendered())),
    ...(await patchProblems(root, await rendered())),
    ...(await refusalProblems(root)),
  ],
  schemas: async ({ root, rendered }) => schemaProblems(root, await rendered()),
  lint: async ({ rendered }) => (await rendered()).flatMap(lintProblems),
  realm: ({ root }) => realmProblems(root),
  rules: ({ root }) => ruleProblems(root),
  metrics: ({ root }) => metricProblems(root),
  collector: ({ root }) => collectorProblems(root),
  compose: ({ root }) => composeProblems(root),
  'egress proxy': async ({ root }) => {
    const { exitCode, output } = await tryEgressProxy(root);
    return exitCode === 0 ? [] : [output.trim()];
  },
};

/** KUBERNETES_STEPS are the checks of infra/kubernetes, infra/observability and docker: `run` resolves with exit code and output. */
export const KUBERNETES_STEPS = [
  ...Object.keys(CHECKS).map((name) => step(name, () => findProblems(name, ROOT))),
  step('cluster', async () => clusterProblems(ROOT, await render(ROOT))),
  step('planted errors', () => mutationProblems(ROOT, findProblems)),
];

function step(name, find) {
  const run = async () => {
    const problems = await find();
    return { exitCode: problems.length > 0 ? 1 : 0, output: problems.join('\n') };
  };
  return { name, run };
}

/** A folder that can't be rendered is a problem like any other. */
async function findProblems(name, root) {
  let rendering;
  const rendered = () => (rendering ??= render(root));
  try {
    return await CHECKS[name]({ root, rendered });
  } catch (error) {
    return [`${error.message} ${error instanceof Failure ? error.output : ''}`.trim()];
  }
}

async function generatedProblems(root) {
  const problems = [];
  for (const [file, content] of Object.entries(generatedFiles(await readAllowList(root))))
    if ((await readFile(path.join(root, file), 'utf8').catch(() => '')) !== content)
      problems.push(`${file} is not what the allow-list makes: run it with --write`);
  return problems;
}

/** writeGenerated makes anew what is made of other files: the proxy's configuration, its document, the goldens. */
export async function writeGenerated() {
  for (const [file, content] of Object.entries(generatedFiles(await readAllowList(ROOT)))) {
    await mkdir(path.dirname(path.join(ROOT, file)), { recursive: true });
    await writeFile(path.join(ROOT, file), content);
  }
  await writeGoldens(ROOT, await render(ROOT));
}
