import { engineOutput } from '../images.mjs';
import { packageUrl } from './package-url.mjs';

const NODE = {
  name: 'node',
  command: ['node', '--version'],
  purl: (version) => packageUrl({ type: 'generic', name: 'node', version }),
  cpe: (version) => `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
};
const TOFU = {
  name: 'opentofu',
  command: ['tofu', 'version'],
  purl: (version) =>
    packageUrl({ type: 'golang', name: 'github.com/opentofu/opentofu', version: `v${version}` }),
};

/** What neither a package manager nor the program's own file names: images, and whom to ask in them. */
const PROGRAMS = { 'control-plane': [NODE], 'coder-base': [NODE, TOFU] };

/** programs are asked for their versions, each in a container without a network. */
export async function programs(image, tag) {
  return Promise.all((PROGRAMS[image] ?? []).map((program) => component(program, tag)));
}

async function component({ name, command: [entrypoint, ...args], purl, cpe }, tag) {
  const run = ['run', '--rm', '--network', 'none', '--entrypoint', entrypoint];
  const [version] = /\d+\.\d+\.\d+[\w.-]*/.exec(await engineOutput(...run, tag, ...args)) ?? [''];
  return {
    type: 'application',
    name,
    version,
    purl: purl(version),
    ...(cpe && { cpe: cpe(version) }),
  };
}
