import { inRoot } from '../root.mjs';
import { imageSteps } from './image-conventions.mjs';
import { mutationSteps } from './mutations.mjs';
import { policySteps } from './policy-steps.mjs';
import { wasmProblems } from './policy-wasm.mjs';
import { terraformSteps } from './terraform-steps.mjs';

const HERE = { infra: inRoot('infra'), plans: inRoot('.cache/infra/plans') };

/** What `npm run infra:check` checks, in order; `run` gives the problems, none for a pass. */
export const INFRA_STEPS = [
  ...imageSteps(HERE),
  ...terraformSteps(HERE),
  ...policySteps(HERE),
  { name: 'policy compiled', run: wasmProblems },
  ...mutationSteps(HERE),
];
