import path from 'node:path';
import { conventionProblems } from './terraform/conventions.mjs';
import { overlayProblems } from './kubernetes/manifests/eks-overlay.mjs';
import { versionProblems } from './files/end-of-life.mjs';
import { imageProblems } from './files/image-conventions.mjs';
import { composeFileProblems } from './compose/file.mjs';
import { generatedProblems } from './kubernetes/egress/egress.mjs';
import { alertProblems, pipelineProblems } from './kubernetes/manifests/observability.mjs';
import { realmProblems } from './kubernetes/manifests/realm.mjs';
import { goldenLintProblems } from './kubernetes/manifests/lint.mjs';
import { sampleProblems } from './policy/steps.mjs';
import { priceProblems } from './cost/prices.mjs';
import { releaseProblems } from './files/release-versions.mjs';
import { scriptProblems } from './files/shell-scripts.mjs';
import { told } from './tools/told.mjs';

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
