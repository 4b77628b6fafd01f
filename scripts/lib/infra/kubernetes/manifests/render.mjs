import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { capture } from '../../../run.mjs';
import { Failure } from '../../../failure.mjs';
import { program } from '../../tools/kubernetes-tools.mjs';

const CHART = 'infra/kubernetes/chart';
const GOLDENS = 'infra/kubernetes/goldens';

/** Folders that Kustomize makes manifests of. */
const KUSTOMIZATIONS = [
  ...['standard', 'kind', 'openshift', 'eks', 'agent-sandbox'].map(
    (name) => `infra/kubernetes/devenv/overlays/${name}`,
  ),
  'infra/kubernetes/secrets',
  'infra/kubernetes/keycloak',
  'infra/observability',
];

/** render makes every manifest that an operator would apply: name and YAML of each. */
export async function render(root) {
  const [helm, kustomize] = await Promise.all([program('helm'), program('kustomize')]);
  const rendered = [];
  for (const example of await exampleNames(root)) {
    const values = path.join(root, CHART, 'examples', `${example}.yaml`);
    const args = ['template', 'spt-flow', path.join(root, CHART), '--namespace', 'spt-flow'];
    rendered.push({
      name: `chart-${example}`,
      kind: 'chart',
      text: await output(helm, [...args, '--kube-version', '1.36', '--values', values]),
    });
  }
  for (const folder of KUSTOMIZATIONS)
    rendered.push({
      folder,
      name: folder
        .split('/')
        .slice(1)
        .filter((part) => part !== 'overlays')
        .join('-'),
      kind: 'kustomization',
      text: await output(kustomize, ['build', path.join(root, folder)]),
    });
  return rendered.map((each) => ({ ...each, objects: objectsOf(each.text) }));
}

async function exampleNames(root) {
  const files = await readdir(path.join(root, CHART, 'examples'));
  return files.map((file) => path.basename(file, '.yaml')).toSorted();
}

function objectsOf(text) {
  return parseAllDocuments(text)
    .map((document) => document.toJS())
    .filter(Boolean);
}

async function output(command, args) {
  const result = await capture(command, args);
  if (result.exitCode === 0) return result.output;
  throw new Failure(`'${path.basename(command)} ${args[0]}' failed`, { output: result.output });
}

/** goldenProblems compares what the chart makes with what it made when somebody last looked. */
export async function goldenProblems(root, rendered) {
  const problems = [];
  for (const { name, kind, text } of rendered) {
    if (kind !== 'chart') continue;
    const file = path.join(GOLDENS, `${name}.yaml`);
    const golden = await readFile(path.join(root, file), 'utf8').catch(() => '');
    if (golden !== text) problems.push(`${file}: ${firstDifference(golden, text)}`);
  }
  return problems;
}

function firstDifference(golden, text) {
  const [expected, actual] = [golden.split('\n'), text.split('\n')];
  const at = actual.findIndex((line, index) => line !== expected[index]);
  const line = at === -1 ? actual.length : at;
  return `line ${line + 1} is '${actual[line] ?? ''}', was '${expected[line] ?? ''}' (if meant: --write)`;
}

/** patchProblems finds patches that are for nothing: Kustomize leaves them out without a word. */
export async function patchProblems(root, rendered) {
  const problems = [];
  for (const { folder, objects } of rendered.filter((each) => each.folder)) {
    const file = path.join(folder, 'kustomization.yaml');
    const { patches = [] } = parse(await readFile(path.join(root, file), 'utf8'));
    const lost = patches.filter(({ target }) => target && !objects.some(isMeant(target)));
    problems.push(...lost.map(({ target }) => `${file}: no ${target.kind} is '${target.name}'`));
  }
  return problems;
}

function isMeant(target) {
  const name = new RegExp(`^(?:${target.name})$`);
  return ({ kind, metadata }) => kind === target.kind && name.test(metadata.name);
}

export async function writeGoldens(root, rendered) {
  await mkdir(path.join(root, GOLDENS), { recursive: true });
  for (const { name, kind, text } of rendered)
    if (kind === 'chart') await writeFile(path.join(root, GOLDENS, `${name}.yaml`), text);
}

/** Values that the chart must refuse, and what it says. */
const REFUSED = [
  ['no image', ['--set', 'image.repository='], 'repository'],
  ['the tag latest', ['--set', 'image.tag=latest'], '/image/tag'],
  ['an image ahead that moves', ['--set', 'prePull.images={base:latest}'], '/prePull/images/0'],
  [
    'a mirror without its image',
    ['--set-json', 'mirror.upstreams=[{"name":"x","url":"https://x.example","nodePort":30500}]'],
    '/mirror/image',
  ],
  ['plain http', ['--set', 'publicUrl=http://flow.example.com'], 'publicUrl'],
  [
    'replicas on a volume of one node',
    ['--set', 'replicas=2', '--set', 'database.mode=external'],
    'ReadWriteMany',
  ],
  ['a secret among the settings', ['--set', 'settings.ANTHROPIC_API_KEY=x'], 'ANTHROPIC_API_KEY'],
  ['a value that there is not', ['--set', 'replica=2'], 'replica'],
  ['an open database address', ['--set', 'networkPolicy.databaseCidr=0.0.0.0/0'], 'databaseCidr'],
  ['ingress without a certificate', ['--set', 'exposure.kind=ingress'], 'certificate'],
];

/** refusalProblems holds the chart to refusing values that would make a broken or open installation. */
export async function refusalProblems(root) {
  const helm = await program('helm');
  const values = path.join(root, CHART, 'examples/one-replica.yaml');
  const base = ['template', 'spt-flow', path.join(root, CHART), '--values', values];
  const results = await Promise.all(
    REFUSED.map(async ([what, args, text]) => {
      const { exitCode, output: said } = await capture(helm, [...base, ...args]);
      return exitCode !== 0 && said.includes(text)
        ? []
        : [`The chart takes ${what}: ${said.slice(0, 300)}`];
    }),
  );
  return results.flat();
}
