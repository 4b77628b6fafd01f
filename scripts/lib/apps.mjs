const COMMON = ['package-lock.json', 'tsconfig.base.json'];

function workspace(folder) {
  return [`${folder}/src`, `${folder}/package.json`];
}

/** What is built, from what, and the file that exists once it is. */
export const APPS = {
  agent: {
    output: 'apps/agent/dist/agent.cjs',
    command: ['apps/agent/build.mjs', '--executable'],
    inputs: [
      ...COMMON,
      'apps/agent',
      ...['shared', 'tunnel', 'config'].flatMap((name) => workspace(`packages/${name}`)),
    ],
  },
  cli: {
    output: 'apps/cli/dist/spt-flow.js',
    command: ['apps/cli/build.mjs'],
    inputs: [
      ...COMMON,
      'apps/cli',
      ...['shared', 'config', 'policy'].flatMap((name) => workspace(`packages/${name}`)),
    ],
  },
  'control-plane': {
    output: 'apps/control-plane/dist/server.js',
    command: ['apps/control-plane/build.mjs'],
    inputs: [
      ...COMMON,
      'apps/control-plane',
      'packages/db/migrations',
      ...['shared', 'tunnel', 'config', 'db', 'policy'].flatMap((name) =>
        workspace(`packages/${name}`),
      ),
    ],
  },
  dashboard: {
    output: 'apps/dashboard/dist/index.html',
    command: ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'],
    cwd: 'apps/dashboard',
    inputs: [...COMMON, 'apps/dashboard', ...workspace('packages/shared')],
  },
};
