import { say } from '../progress.mjs';
import { ROOT } from '../root.mjs';
import { composeProblems } from './compose/config.mjs';
import { diagramProblems } from './files/diagrams.mjs';
import { endedProblems } from './files/end-of-life.mjs';
import { kubernetesSteps } from './kubernetes/steps.mjs';
import { plantErrors } from './planted/mutations.mjs';
import { PLANTED_ERRORS } from './planted/errors.mjs';
import { exampleProblems } from './policy/example.mjs';
import { policySteps } from './policy/steps.mjs';
import { wasmProblems } from './policy/wasm.mjs';
import { quickSteps } from './quick-steps.mjs';
import { terraformSteps } from './terraform/steps.mjs';
import { told } from './tools/told.mjs';

/** INFRA_STEPS are what `npm run infra:check` checks, in order; `run` gives the problems, none for a pass. */
export const INFRA_STEPS = [
  ...stepsOf(ROOT),
  { name: 'policy compiled', run: wasmProblems },
  { name: 'policy of operators', run: exampleProblems },
  { name: 'end of life', run: endOfLife },
  { name: 'planted errors', run: () => plantErrors(PLANTED_ERRORS, stepsOf) },
];

/** CI only tells of it: a clone that passed has to pass tomorrow. */
async function endOfLife() {
  const ended = await endedProblems(ROOT);
  if (!process.env.CI) return ended;
  for (const line of ended) say(line);
  return [];
}

function stepsOf(root) {
  return [
    ...quickSteps(root),
    ...terraformSteps(root),
    ...policySteps(root),
    ...kubernetesSteps(root),
    { name: 'compose config', run: told(() => composeProblems(root)) },
    { name: 'diagrams', run: told(() => diagramProblems(root)) },
  ];
}
