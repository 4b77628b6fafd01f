import { ROOT } from '../root.mjs';
import { diagramProblems } from './diagrams.mjs';
import { endedProblems } from './end-of-life.mjs';
import { kubernetesSteps } from './kubernetes.mjs';
import { plantErrors } from './mutations.mjs';
import { PLANTED_ERRORS } from './planted-errors.mjs';
import { exampleProblems } from './policy-example.mjs';
import { policySteps } from './policy-steps.mjs';
import { wasmProblems } from './policy-wasm.mjs';
import { quickSteps, told } from './quick-steps.mjs';
import { terraformSteps } from './terraform-steps.mjs';

/** INFRA_STEPS are what `npm run infra:check` checks, in order; `run` gives the problems, none for a pass. */
export const INFRA_STEPS = [
  ...stepsOf(ROOT),
  { name: 'policy compiled', run: wasmProblems },
  { name: 'policy of operators', run: exampleProblems },
  { name: 'end of life', run: () => endedProblems(ROOT) },
  { name: 'planted errors', run: () => plantErrors(PLANTED_ERRORS, stepsOf) },
];

function stepsOf(root) {
  return [
    ...quickSteps(root),
    ...terraformSteps(root),
    ...policySteps(root),
    ...kubernetesSteps(root),
    { name: 'diagrams', run: told(() => diagramProblems(root)) },
  ];
}
