import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from '../../root.mjs';
import { clusterProblems } from './cluster/trial.mjs';
import { generatedFiles, readAllowList } from './egress/egress.mjs';
import { lintProblems } from './manifests/lint.mjs';
import {
  dashboardProblems,
  queryProblems,
  ruleProblems,
  scrapeProblems,
} from './manifests/observability.mjs';
import {
  goldenProblems,
  patchProblems,
  refusalProblems,
  render,
  writeGoldens,
} from './manifests/render.mjs';
import { schemaProblems } from './manifests/schemas.mjs';
import { tryEgressProxy } from './egress/squid.mjs';
import { manifestDenials } from '../policy/manifests.mjs';
import { told } from '../tools/told.mjs';

/** kubernetesSteps are the checks of infra/kubernetes and infra/observability that need programs. */
export function kubernetesSteps(root) {
  let rendering;
  const rendered = () => (rendering ??= render(root));
  const checks = {
    'kubernetes render': async () => [
      ...(await goldenProblems(root, await rendered())),
      ...(await patchProblems(root, await rendered())),
      ...(await refusalProblems(root)),
    ],
    'kubernetes schemas': async () => schemaProblems(root, await rendered()),
    'kubernetes lint': async () => (await rendered()).flatMap(lintProblems),
    'policy on manifests': async () => manifestDenials(root, await rendered()),
    'alert rules': () => ruleProblems(root),
    'alert queries': () => queryProblems(root),
    dashboards: () => dashboardProblems(root),
    'collector scrapes': () => scrapeProblems(root),
    'egress proxy': async () => {
      const { exitCode, output } = await tryEgressProxy(root);
      return exitCode === 0 ? [] : [output.trim()];
    },
    'kubernetes cluster': async () => clusterProblems(root, await rendered()),
  };
  return Object.entries(checks).map(([name, find]) => ({ name, run: told(find) }));
}

/** writeGenerated makes anew what is made of other files: the proxy's configuration, its document, the chart's goldens. */
export async function writeGenerated() {
  for (const [file, content] of Object.entries(generatedFiles(await readAllowList(ROOT)))) {
    await mkdir(path.dirname(path.join(ROOT, file)), { recursive: true });
    await writeFile(path.join(ROOT, file), content);
  }
  await writeGoldens(ROOT, await render(ROOT));
}
