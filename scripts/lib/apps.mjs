import { readFileSync } from 'node:fs';
import { inRoot } from './root.mjs';

const COMMON = ['package-lock.json', 'tsconfig.base.json'];

/** Of this repository, as an app names them. */
function packagesOf(app) {
  const described = JSON.parse(readFileSync(inRoot('apps', app, 'package.json'), 'utf8'));
  return Object.keys({ ...described.dependencies, ...described.devDependencies })
    .filter((name) => name.startsWith('@spt-flow/'))
    .map((name) => name.replace('@spt-flow/', 'packages/'))
    .flatMap((folder) => [`${folder}/src`, `${folder}/package.json`]);
}

/** What is built, from what, and the file that exists once it is. */
export const APPS = {
  agent: {
    output: 'apps/agent/dist/agent.cjs',
    command: ['apps/agent/build.mjs', '--executable'],
    inputs: [...COMMON, 'apps/agent', ...packagesOf('agent')],
  },
  cli: {
    output: 'apps/cli/dist/spt-flow.js',
    command: ['apps/cli/build.mjs'],
    inputs: [...COMMON, 'apps/cli', ...packagesOf('cli')],
  },
  'control-plane': {
    output: 'apps/control-plane/dist/server.js',
    command: ['apps/control-plane/build.mjs'],
    inputs: [
      ...COMMON,
      'apps/control-plane',
      'packages/db/migrations',
      ...packagesOf('control-plane'),
    ],
  },
  dashboard: {
    output: 'apps/dashboard/dist/index.html',
    command: ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'],
    cwd: 'apps/dashboard',
    inputs: [...COMMON, 'apps/dashboard', ...packagesOf('dashboard')],
  },
};
