import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { cruise } from 'dependency-cruiser';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSkeleton } from './skeleton.js';

const boundaries = createRequire(import.meta.url)('../src/dependency-cruiser.cjs');
const FEATURES = 'apps/control-plane/src/features';

/** One violation for each rule; the file is added to the clean repository, or replaces one of it. */
const VIOLATIONS = [
  [
    'no-circular',
    'packages/config/src/cli.ts',
    "import './paths.ts';\n",
    { 'packages/config/src/paths.ts': "import './cli.ts';\n" },
  ],
  [
    'no-circular',
    'packages/config/src/cli.ts',
    "import type { Path } from './paths.ts';\nexport type Cli = Path;\n",
    {
      'packages/config/src/paths.ts':
        "import type { Cli } from './cli.ts';\nexport type Path = Cli;\n",
    },
  ],
  ['no-unresolvable', 'apps/cli/src/core.ts', "import '@spt-flow/shared/domain/hidden';\n"],
  ['no-app-to-app', 'apps/cli/src/core.ts', "import '../../agent/src/main.ts';\n"],
  ['no-package-to-app', 'packages/config/src/paths.ts', "import '../../../apps/cli/src/bin.ts';\n"],
  [
    'no-tests-in-sources',
    'apps/cli/src/core.ts',
    "import './core.test.ts';\n",
    { 'apps/cli/src/core.test.ts': 'export {};\n' },
  ],
  ['shared-without-node', 'packages/shared/src/api/files.ts', "import 'node:fs';\n"],
  ['shared-with-zod-only', 'packages/shared/src/api/files.ts', "import 'left-pad';\n"],
  ['tunnel-without-dependencies', 'packages/tunnel/src/head.ts', "import 'zod';\n"],
  ['ssh-without-dependencies', 'packages/ssh/src/keys.ts', "import 'zod';\n"],
  [
    'releases-are-signed-by-publishers-only',
    'packages/releases/src/verify.ts',
    "import './publish/sign.ts';\n",
    { 'packages/releases/src/publish/sign.ts': 'export {};\n' },
  ],
  ['releases-with-tuf-only', 'packages/releases/src/verify.ts', "import 'left-pad';\n"],
  [
    'policy-knows-contract-only',
    'packages/policy/src/policy.ts',
    "import '@spt-flow/tunnel/session';\n",
  ],
  ['db-for-control-plane-only', 'packages/config/src/paths.ts', "import '@spt-flow/db/client';\n"],
  [
    'clients-see-api-only',
    'apps/cli/src/core.ts',
    "import '@spt-flow/shared/agent-protocol/hello';\n",
  ],
  [
    'dashboard-without-tunnel',
    'apps/dashboard/src/Core.vue',
    '<script setup lang="ts">\nimport \'@spt-flow/tunnel/session\';\n</script>\n',
  ],
  [
    'clients-see-api-only',
    'apps/dashboard/src/Core.vue',
    '<script setup lang="ts">\nimport \'@spt-flow/shared/agent-protocol/hello\';\n</script>\n',
  ],
  [
    'agent-sees-protocol-only',
    'apps/agent/src/core.ts',
    "import '@spt-flow/shared/api/projects';\n",
  ],
  [
    'database-in-repositories-only',
    `${FEATURES}/notes/notes-service.ts`,
    "import '@spt-flow/db/client';\n",
  ],
  [
    'database-in-repositories-only',
    `${FEATURES}/notes/notes-service.ts`,
    "import 'drizzle-orm';\n",
  ],
  [
    'features-enter-by-index',
    `${FEATURES}/pages/pages-service.ts`,
    "import '../notes/notes-service.ts';\n",
  ],
  [
    'parts-enter-by-index',
    `${FEATURES}/workspaces/workspaces-service.ts`,
    "import './policy/prices.ts';\n",
    { [`${FEATURES}/workspaces/policy/prices.ts`]: 'export {};\n' },
  ],
  [
    'app-enters-features-by-index',
    'apps/control-plane/src/app.ts',
    "import './features/notes/notes-routes.ts';\n",
  ],
  [
    'routes-without-repository',
    `${FEATURES}/notes/notes-routes.ts`,
    "import './notes-repository.ts';\n",
  ],
  ['services-without-http', `${FEATURES}/notes/notes-service.ts`, "import 'fastify';\n"],
  [
    'services-without-http',
    `${FEATURES}/notes/notes-repository.ts`,
    "import '../../plugins/errors.ts';\n",
  ],
  [
    'foundation-without-features',
    'apps/control-plane/src/lib/clock.ts',
    "import '../features/notes/index.ts';\n",
  ],
];

let skeleton;

beforeEach(async () => {
  skeleton = await createSkeleton();
});
afterEach(() => skeleton.remove());

async function brokenRules(options = {}) {
  const { output } = await cruise(['apps', 'packages'], {
    ...boundaries.options,
    ...options,
    baseDir: skeleton.root,
    ruleSet: { forbidden: boundaries.forbidden },
    validate: true,
  });
  expect(output.summary.totalCruised).toBeGreaterThan(15);
  return [...new Set(output.summary.violations.map((violation) => violation.rule.name))];
}

describe('boundary rules', () => {
  it('accept the clean repository', async () => {
    expect(await brokenRules()).toEqual([]);
  });

  it.each(VIOLATIONS)('%s catches %s', async (...[rule, file, content, others = {}]) => {
    for (const [other, text] of Object.entries(others)) await skeleton.plant(other, text);
    await skeleton.plant(file, content);

    expect(await brokenRules()).toContain(rule);
  });

  it('have a planted violation each', () => {
    const planted = new Set(VIOLATIONS.map(([rule]) => rule));

    expect(
      boundaries.forbidden.map((rule) => rule.name).filter((name) => !planted.has(name)),
    ).toEqual([]);
  });

  it('are the ones the repository is checked with', async () => {
    const root = path.resolve(import.meta.dirname, '../../..');

    const config = await readFile(path.join(root, '.dependency-cruiser.cjs'), 'utf8');

    expect(config).toContain('@spt-flow/tooling/depcruise');
  });

  it('would be blind without the resolver option exportsFields', async () => {
    const { exportsFields: _, ...rest } = boundaries.options.enhancedResolveOptions;
    await skeleton.plant('apps/agent/src/core.ts', "import '@spt-flow/shared/api/projects';\n");
    const found = await brokenRules();

    const foundWithout = await brokenRules({ enhancedResolveOptions: rest });

    expect(found).toEqual(['agent-sees-protocol-only']);
    expect(foundWithout).not.toContain('agent-sees-protocol-only');
  });
});
