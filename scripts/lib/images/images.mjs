import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { findCommand } from '../chromium.mjs';
import { Failure } from '../failure.mjs';
import { output } from '../infra/tools/programs.mjs';
import { say } from '../progress.mjs';
import { inRoot } from '../root.mjs';
import { run } from '../run.mjs';
import { treeHash } from '../tree-hash.mjs';

const FOLDER = 'infra/images';

/** IMAGES are what operators build: where each takes its files from, and which of the bases it stands on. */
export const IMAGES = {
  'control-plane': { context: '.', base: 'node' },
  agent: { context: '.', base: 'node' },
  'coder-base': { context: `${FOLDER}/coder-base`, base: 'debian' },
  'registry-mirror': { context: `${FOLDER}/registry-mirror`, base: 'debian' },
  'log-collector': { context: `${FOLDER}/log-collector`, base: 'debian' },
};

/** What a Dockerfile takes from outside its own folder, as .dockerignore lets it through. */
const SOURCES = {
  'control-plane': [
    ...['.dockerignore', 'apps', 'packages', 'scripts'],
    ...['package.json', 'package-lock.json', 'tsconfig.base.json'],
  ],
};

/** A larger layer is pulled and unpacked by one connection and one core, while others wait. */
const LAYER_LIMIT_BYTES = 500_000_000;

/** findEngine is the program that builds and runs images: what CONTAINER_ENGINE names, else Docker, else Podman. */
export function findEngine() {
  const { CONTAINER_ENGINE: chosen } = process.env;
  const names = chosen ? [chosen] : ['docker', 'podman'];
  const program = names.map((name) => findCommand(name)).find(Boolean);
  if (!program)
    throw new Failure(`Images are built by ${names.join(' or ')}, which is not installed`);
  return program;
}

/** engineOutput is what the engine's program says, without the line's end. */
export async function engineOutput(...args) {
  const { exitCode, stdout, stderr } = await output(findEngine(), args);
  if (exitCode !== 0) throw new Failure(`The engine refused '${args[0]}'`, { output: stderr });
  return stdout.trim();
}

/** tagOf is the name of an image that nobody named otherwise. */
export async function tagOf(name) {
  return `spt-flow/${name}:${await version()}`;
}

async function version() {
  return JSON.parse(await readFile(inRoot('package.json'), 'utf8')).version;
}

/** defaultOf reads what a Dockerfile takes where nobody says otherwise. */
export async function defaultOf(name, argument) {
  const text = await readFile(inRoot(FOLDER, name, 'Dockerfile'), 'utf8');
  return new RegExp(`^ARG ${argument}=(\\S+)$`, 'm').exec(text)?.[1];
}

/** Of the hash of what an image was built of. */
const INPUTS_LABEL = 'spt-flow.inputs';

/** buildUnlessSame builds an image unless the engine has one of the same Dockerfile, bases, files and `more`, a version. */
export async function buildUnlessSame({ more = '', ...image }) {
  const { name, tag, bases } = image;
  const trees = [`${FOLDER}/${name}`, ...(SOURCES[name] ?? [])];
  const inputs = createHash('sha256')
    .update(JSON.stringify([await treeHash(trees), bases, more]))
    .digest('hex');
  const format = `{{index .Config.Labels "${INPUTS_LABEL}"}}`;
  const present = await output(findEngine(), ['image', 'inspect', '--format', format, tag]);
  if (present.exitCode === 0 && present.stdout.trim() === inputs) say(`${tag} is as it was`);
  else await buildImage({ ...image, inputs });
}

/** buildImage has the engine build one Dockerfile, in the sight of whoever started it; `isFresh` takes nothing of earlier builds. */
export async function buildImage(image) {
  const { name, tag, bases = {}, context, file = 'Dockerfile', isFresh, inputs } = image;
  const values = { VERSION: await version(), REVISION: await revision(), ...bases };
  const args = Object.entries(values).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]);
  const engine = findEngine();
  const exitCode = await run(engine, [
    ...['build', ...formatOf(engine), '--tag', tag, '--file', inRoot(FOLDER, name, file), ...args],
    ...(isFresh ? ['--no-cache'] : []),
    ...(inputs ? ['--label', `${INPUTS_LABEL}=${inputs}`] : []),
    context ?? inRoot(IMAGES[name].context),
  ]);
  if (exitCode !== 0) throw new Failure(`The image '${name}' was not built: see above`);
}

/** What Podman makes otherwise has no place for health checks. */
function formatOf(engine) {
  return path.basename(engine) === 'podman' ? ['--format', 'docker'] : [];
}

/** An unpacked archive of the sources has none. */
async function revision() {
  const { exitCode, stdout } = await output('git', ['rev-parse', '--short=12', 'HEAD']);
  return exitCode === 0 ? stdout.trim() : 'unknown';
}

/** The layers with something in them, the newest first. */
async function layersOf(tag) {
  const format = '{{.Size}}\t{{.CreatedBy}}';
  const text = await engineOutput(
    ...['history', '--no-trunc', '--human=false', '--format', format, tag],
  );
  return text
    .split('\n')
    .map((line) => line.split('\t'))
    .map(([size, step = '']) => ({ sizeBytes: bytesOf(size), step: shortened(step) }))
    .filter(({ sizeBytes }) => sizeBytes > 0);
}

const UNITS = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 };

/** bytesOf reads `21900000` of Docker, and `21.9 MB` of Podman, which writes for people whatever it is asked for. */
export function bytesOf(text) {
  const [, number, unit = 'B'] = /^(\d+(?:\.\d+)?)(?: ([kMG]?B))?$/.exec(text) ?? [];
  if (number === undefined) throw new Failure(`The engine says '${text}' of a size`);
  return Math.round(Number(number) * UNITS[unit]);
}

function shortened(step) {
  const words = step
    .replace(/^\/bin\/(ba)?sh (-o pipefail )?-c (#\(nop\) )?/, '')
    .replace(/\s+/g, ' ');
  return (words.replace(/^\|\d+ (\w+=\S+ )+\/bin\/sh -c /, '').trim() || 'base').slice(0, 70);
}

/** reportImage prints size and layers, and fails where a layer is too large. */
export async function reportImage(tag) {
  const layers = await layersOf(tag);
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1).padStart(8)} MB`;
  const total = layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  process.stdout.write(`${tag}\n${megabytes(total)}  in ${layers.length} layers\n`);
  for (const { sizeBytes, step } of layers)
    process.stdout.write(`${megabytes(sizeBytes)}  ${step}\n`);
  const large = layers.find(({ sizeBytes }) => sizeBytes > LAYER_LIMIT_BYTES);
  if (large)
    throw new Failure(
      `A layer of '${tag}' has more than ${LAYER_LIMIT_BYTES / 1e6} MB: split '${large.step}'`,
    );
}
