import { readFile } from 'node:fs/promises';
import { output } from '../../infra/tools/programs.mjs';
import { inRoot } from '../../root.mjs';
import { findEngine } from '../images.mjs';

/** What each bill must name, by the ways in which it got there. */
const WANTED = {
  'control-plane': ['node', 'git', 'fastify', '@vue/runtime-core', '@xterm/headless'],
  agent: ['libc6', 'bun', 'zod'],
  'coder-base': ['node', 'awscli', 'opentofu', 'bun', '@anthropic-ai/claude-code', 'stdlib'],
  'registry-mirror': ['docker-registry', 'stdlib'],
  'log-collector': ['libc6', 'go.opentelemetry.io/collector/otelcol', 'stdlib'],
};

/** billProblems compares the bill of an image with what dpkg says in it: not one package more or less. */
export async function billProblems(image, tag) {
  const { components } = JSON.parse(
    await readFile(inRoot('dist/images', `${image}.cdx.json`), 'utf8'),
  );
  const names = new Set(components.map(({ name }) => name));
  const lacking = WANTED[image].filter((name) => !names.has(name));
  return [
    ...lacking.map((name) => `its bill of materials lacks ${name}`),
    ...(await debianProblems(components, tag)),
  ];
}

async function debianProblems(components, tag) {
  const installed = await debianPackagesIn(tag);
  if (!installed) return [];
  const billed = components
    .filter(({ purl }) => purl.startsWith('pkg:deb/'))
    .map(({ name, version }) => `${name} ${version}`);
  return [
    ...installed.filter((line) => !billed.includes(line)).map((line) => `${line} is not billed`),
    ...billed.filter((line) => !installed.includes(line)).map((line) => `${line} is not there`),
  ];
}

/** debianPackagesIn asks dpkg in a container; undefined where the image has none. */
async function debianPackagesIn(tag) {
  const format = '${db:Status-Status} ${Package} ${Version}\n';
  const { exitCode, stdout } = await output(findEngine(), [
    ...['run', '--rm', '--network', 'none', '--entrypoint', 'dpkg-query', tag],
    ...['--show', '--showformat', format],
  ]);
  if (exitCode !== 0) return undefined;
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('installed '))
    .map((line) => line.replace('installed ', ''));
}
