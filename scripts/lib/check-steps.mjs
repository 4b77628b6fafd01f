import { ROOT, inRoot } from './root.mjs';
import { capture } from './run.mjs';

function tool(name, script, ...args) {
  return { name, run: () => capture(process.execPath, [inRoot('node_modules', script), ...args]) };
}

/** What `npm run check` checks, the longest first. */
export const CHECK_STEPS = [
  tool('lint', 'eslint/bin/eslint.js', '--max-warnings=0', '.'),
  tool('types', 'typescript/bin/tsc', '-b'),
  tool('types of the dashboard', 'vue-tsc/bin/vue-tsc.js', '-p', 'apps/dashboard', '--noEmit'),
  tool(
    'format',
    'prettier/bin/prettier.cjs',
    '--check',
    '--cache',
    '--cache-location=.cache/prettier',
    '--log-level=warn',
    '.',
  ),
  tool('unused code', 'knip/bin/knip.js', '--no-progress'),
  tool(
    'boundaries',
    'dependency-cruiser/bin/dependency-cruise.mjs',
    '--config',
    '.dependency-cruiser.cjs',
    'apps',
    'packages',
  ),
  {
    name: 'names',
    run: async () => {
      const { checkNames } = await import('./check-names.mjs');
      return checkNames();
    },
  },
  {
    name: 'compiled rules',
    run: async () => {
      const { policyProblems } = await import('./policy-hash.mjs');
      const problems = await policyProblems();
      return { exitCode: problems.length > 0 ? 1 : 0, output: problems.join('\n') };
    },
  },
  {
    name: 'infrastructure',
    run: async () => {
      const { quickSteps } = await import('./infra/quick-steps.mjs');
      const found = await Promise.all(quickSteps(ROOT).map((step) => step.run()));
      const problems = found.flat();
      return { exitCode: problems.length > 0 ? 1 : 0, output: problems.join('\n') };
    },
  },
];
