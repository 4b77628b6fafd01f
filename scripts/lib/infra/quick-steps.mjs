import path from 'node:path';
import { Failure } from '../failure.mjs';
import { conventionProblems } from './conventions.mjs';
import { overlayProblems } from './eks-overlay.mjs';
import { versionProblems } from './end-of-life.mjs';
import { imageProblems } from './image-conventions.mjs';
import { composeFileProblems } from './compose-file.mjs';
import { generatedProblems } from './kubernetes-egress.mjs';
import { alertProblems, pipelineProblems } from './kubernetes-observability.mjs';
import { realmProblems } from './kubernetes-realm.mjs';
import { goldenLintProblems } from './kubernetes-lint.mjs';
import { sampleProblems } from './policy-steps.mjs';
import { priceProblems } from './prices.mjs';
import { releaseProblems } from './release-versions.mjs';
import { scriptProblems } from './shell-scripts.mjs';

/** quickSteps are the checks of a checkout that need nothing but Node and a shell: `npm run check` runs them too. */
export function quickSteps(root) {
  const inside = (part) => path.join(root, 'infra', part);
  const checks = {
    'image conventions': () => imageProblems(inside('images')),
    'terraform conventions': () => conventionProblems(inside('terraform')),
    'policy samples': () => sampleProblems(inside('policy')),
    prices: () => priceProblems(root),
    'egress list': () => generatedProblems(root),
    goldens: () => goldenLintProblems(root),
    'eks overlay': () => overlayProblems(root),
    realm: () => realmProblems(root),
    alerts: () => alertProblems(root),
    collector: () => pipelineProblems(root),
    'compose file': () => composeFileProblems(root),
    versions: () => versionProblems(root),
    releases: () => releaseProblems(root),
    scripts: () => scriptProblems(root),
  };
  return Object.entries(checks).map(([name, find]) => ({ name, isQuick: true, run: told(find) }));
}

/** told makes a file that can't be read a problem like any other. */
export function told(find) {
  return async () => {
    try {
      return await find();
    } catch (error) {
      return [`${error.message} ${error instanceof Failure ? error.output : ''}`.trim()];
    }
  };
}
