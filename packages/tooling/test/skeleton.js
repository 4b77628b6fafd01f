import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const FEATURES = 'apps/control-plane/src/features';

/** The smallest repository in which every rule has something to look at. */
const FILES = {
  'packages/shared/package.json': manifest('shared', {
    './api/*': './src/api/*.ts',
    './agent-protocol/*': './src/agent-protocol/*.ts',
  }),
  'packages/shared/src/api/projects.ts': "import { z } from 'zod';\nexport const Project = z;\n",
  'packages/shared/src/agent-protocol/hello.ts':
    "import * as z from 'zod/mini';\nexport const Hello = z;\n",
  'packages/tunnel/package.json': manifest('tunnel', { './*': './src/*.ts' }),
  'packages/tunnel/src/session.ts':
    "import { Duplex } from 'node:stream';\nexport const Session = Duplex;\n",
  'packages/db/package.json': manifest('db', { './client': './src/client.ts' }),
  'packages/db/src/client.ts':
    "import { drizzle } from 'drizzle-orm';\nexport const client = drizzle;\n",
  'packages/config/package.json': manifest('config', { './cli': './src/cli.ts' }),
  'packages/config/src/cli.ts': 'export const cli = 1;\n',
  'apps/cli/src/bin.ts':
    "import { Project } from '@spt-flow/shared/api/projects';\nimport { cli } from '@spt-flow/config/cli';\nexport const bin = [Project, cli];\n",
  'apps/agent/src/main.ts':
    "import { Hello } from '@spt-flow/shared/agent-protocol/hello';\nimport { Session } from '@spt-flow/tunnel/session';\nexport const main = [Hello, Session];\n",
  'apps/dashboard/src/App.vue':
    '<script setup lang="ts">\nimport { Project } from \'@spt-flow/shared/api/projects\';\n</script>\n<template><p>{{ Project }}</p></template>\n',
  'apps/control-plane/src/app.ts':
    "import { notes } from './features/notes/index.ts';\nexport const app = notes;\n",
  'apps/control-plane/src/lib/clock.ts': 'export const clock = 1;\n',
  'apps/control-plane/src/plugins/errors.ts':
    "import fastify from 'fastify';\nexport const errors = fastify;\n",
  [`${FEATURES}/notes/index.ts`]: "export { routes as notes } from './notes-routes.ts';\n",
  [`${FEATURES}/notes/notes-routes.ts`]:
    "import { service } from './notes-service.ts';\nexport const routes = service;\n",
  [`${FEATURES}/notes/notes-service.ts`]:
    "import { repository } from './notes-repository.ts';\nexport const service = repository;\n",
  [`${FEATURES}/notes/notes-repository.ts`]:
    "import { client } from '@spt-flow/db/client';\nexport const repository = client;\n",
  [`${FEATURES}/pages/index.ts`]: 'export const pages = 1;\n',
  [`${FEATURES}/pages/pages-service.ts`]:
    "import { notes } from '../notes/index.ts';\nexport const service = notes;\n",
};
const NPM = ['zod', 'fastify', 'drizzle-orm', 'left-pad'];

/** createSkeleton writes the clean repository into a temporary folder. */
export async function createSkeleton() {
  const root = await mkdtemp(path.join(os.tmpdir(), 'spt-flow-boundaries-'));
  for (const [file, content] of Object.entries(FILES)) await write(root, file, content);
  for (const name of NPM) {
    await write(
      root,
      `node_modules/${name}/package.json`,
      JSON.stringify({ name, version: '1.0.0', main: 'index.js', type: 'commonjs' }),
    );
    await write(root, `node_modules/${name}/index.js`, 'module.exports = {};\n');
    await write(root, `node_modules/${name}/mini.js`, 'module.exports = {};\n');
  }
  await mkdir(path.join(root, 'node_modules/@spt-flow'), { recursive: true });
  for (const name of ['shared', 'tunnel', 'db', 'config']) {
    await symlink(
      path.join(root, 'packages', name),
      path.join(root, 'node_modules/@spt-flow', name),
    );
  }
  return {
    root,
    plant: (file, content) => write(root, file, content),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

async function write(root, file, content) {
  const target = path.join(root, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, content);
}

function manifest(name, exports) {
  return JSON.stringify({ name: `@spt-flow/${name}`, version: '0.1.0', type: 'module', exports });
}
