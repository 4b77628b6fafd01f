const CONTROL_PLANE = '^apps/control-plane/src';
const FEATURES = `${CONTROL_PLANE}/features`;
const TESTS = '(\\.test\\.ts$|/testing/|^(apps|packages)/[^/]+/test/)';
/** What has grown large enough to have doors inside. */
const PARTS = [
  'agents/(?:connections|events|gateway|identity|replicas)',
  'devcontainers/(?:compose|hooks|images|planning|reading|rules)',
  'workspaces/(?:making|operations|policy|transitions)',
].join('|');
/** Where a database handle is made and handed out. */
const DATABASE_USERS =
  '(-repository\\.ts$|/src/(server|app)\\.ts$|/(lib|boot)/database[^/]*\\.ts$)';

function rule(name, comment, { from, to }) {
  return { name, comment, severity: 'error', from, to };
}

function npm(...names) {
  return `(^|/)node_modules/(${names.join('|')})/`;
}

const everywhere = [
  rule('no-circular', 'Files that need each other are one idea, or need a third', {
    from: {},
    to: { circular: true },
  }),
  rule('no-unresolvable', 'An import that is not found also slips through every other rule', {
    from: {},
    to: { couldNotResolve: true, pathNot: '^virtual:' },
  }),
  rule('no-app-to-app', 'Apps share through packages', {
    from: { path: '^apps/([^/]+)/', pathNot: '^apps/[^/]+/test/' },
    to: { path: '^apps/', pathNot: '^apps/$1/' },
  }),
  rule('no-package-to-app', 'Packages serve apps', {
    from: { path: '^packages/' },
    to: { path: '^apps/' },
  }),
  rule('no-tests-in-sources', 'Products do not contain their tests', {
    from: { path: '^(apps|packages)/[^/]+/src/', pathNot: TESTS },
    to: { path: TESTS },
  }),
];

const packages = [
  rule('shared-without-node', 'The contract also runs in browsers', {
    from: { path: '^packages/shared/src/', pathNot: TESTS },
    to: { dependencyTypes: ['core'] },
  }),
  rule('shared-with-zod-only', 'The contract depends on zod alone', {
    from: { path: '^packages/shared/src/', pathNot: TESTS },
    to: { pathNot: [npm('zod'), '^packages/shared/'], dependencyTypesNot: ['core'] },
  }),
  rule(
    'tunnel-without-dependencies',
    'Both ends of the tunnel carry it, and one of them must stay small',
    {
      from: { path: '^packages/tunnel/src/', pathNot: TESTS },
      to: { pathNot: '^packages/tunnel/', dependencyTypesNot: ['core'] },
    },
  ),
  rule('ssh-without-dependencies', 'Three programs carry it, and one of them must stay small', {
    from: { path: '^packages/ssh/src/', pathNot: TESTS },
    to: { pathNot: '^packages/ssh/', dependencyTypesNot: ['core'] },
  }),
  rule(
    'releases-are-signed-by-publishers-only',
    'Products verify releases; keys never come near them',
    {
      from: { path: '^(apps/[^/]+/src|packages/releases/src/[^/]+\\.ts$)', pathNot: TESTS },
      to: { path: '^packages/releases/src/publish/' },
    },
  ),
  rule('releases-with-tuf-only', 'The agent carries it, and must stay small', {
    from: { path: '^packages/releases/src/', pathNot: TESTS },
    to: {
      pathNot: [npm('zod', 'tuf-js', '@tufjs'), '^packages/releases/'],
      dependencyTypesNot: ['core'],
    },
  }),
  rule('policy-knows-contract-only', 'The control plane and the CLI carry it', {
    from: { path: '^packages/policy/src/', pathNot: TESTS },
    to: {
      pathNot: [npm('zod'), '^packages/policy/', '^packages/shared/src/domain/'],
      dependencyTypesNot: ['core'],
    },
  }),
  rule('db-for-control-plane-only', 'Only the control plane has a database', {
    from: { pathNot: ['^apps/control-plane/', '^packages/db/'] },
    to: { path: '^packages/db/' },
  }),
  rule(
    'clients-see-api-only',
    'Dashboard and CLI know the API contract and their own configuration; the CLI carries ports through a tunnel, serves keys to ssh and asks the rules',
    {
      from: { path: '^apps/(dashboard|cli)/src/' },
      to: {
        path: '^packages/',
        pathNot: '^packages/(shared/src/(api|domain)|config/src|policy/src|ssh/src|tunnel/src)/',
      },
    },
  ),
  rule('dashboard-without-tunnel', 'Browsers can only speak the API', {
    from: { path: '^apps/dashboard/src/' },
    to: { path: '^packages/(policy|ssh|tunnel)/' },
  }),
  rule(
    'agent-sees-protocol-only',
    'The agent knows its protocol, the tunnel, the keys of ssh, how releases are verified and its own configuration',
    {
      from: { path: '^apps/agent/src/', pathNot: TESTS },
      to: {
        path: '^packages/',
        pathNot:
          '^packages/(shared/src/agent-protocol/|ssh/src/|tunnel/src/|config/src/|releases/src/[^/]+\\.ts$)',
      },
    },
  ),
];

const controlPlane = [
  rule('database-in-repositories-only', 'Repositories are the only code that knows the database', {
    from: { path: CONTROL_PLANE, pathNot: [DATABASE_USERS, TESTS] },
    to: {
      path: ['^packages/db/', npm('drizzle-orm', 'pg')],
      dependencyTypesNot: ['type-only'],
    },
  }),
  rule('features-enter-by-index', 'A feature shows others what its index.ts exports', {
    from: { path: `${FEATURES}/([^/]+)/`, pathNot: TESTS },
    to: {
      path: `${FEATURES}/[^/]+/`,
      pathNot: [`${FEATURES}/$1/`, `${FEATURES}/[^/]+/index\\.ts$`],
    },
  }),
  rule(
    'parts-enter-by-index',
    'A part of a feature shows the rest of it what its index.ts exports',
    {
      from: { path: `${FEATURES}/([^/]+/[^/]+)`, pathNot: TESTS },
      to: { path: `${FEATURES}/(?:${PARTS})/`, pathNot: [`${FEATURES}/$1/`, '/index\\.ts$'] },
    },
  ),
  rule('app-enters-features-by-index', 'A feature shows the app what its index.ts exports', {
    from: { path: CONTROL_PLANE, pathNot: [`${FEATURES}/`, TESTS] },
    to: { path: `${FEATURES}/[^/]+/`, pathNot: `${FEATURES}/[^/]+/index\\.ts$` },
  }),
  rule('routes-without-repository', 'Routes call a service', {
    from: { path: `${FEATURES}/.+-routes\\.ts$` },
    to: { path: '-repository\\.ts$' },
  }),
  rule('services-without-http', 'Services and repositories know no HTTP', {
    from: { path: `${FEATURES}/.+-(service|repository)\\.ts$` },
    to: { path: [npm('fastify', '@fastify'), `${CONTROL_PLANE}/plugins/`] },
  }),
  rule('foundation-without-features', 'lib and plugins serve every feature', {
    from: { path: `${CONTROL_PLANE}/(lib|plugins)/`, pathNot: TESTS },
    to: { path: `${FEATURES}/` },
  }),
];

module.exports = {
  forbidden: [...everywhere, ...packages, ...controlPlane],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['/dist/', '/app-templates/', '\\.d\\.ts$'] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      // Without these two, imports through a package's `exports` are not found and break no rule.
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.vue', '.json', '.d.ts'],
    },
  },
};
