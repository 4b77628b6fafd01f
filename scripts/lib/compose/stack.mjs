import { chown, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { stringify } from 'yaml';
import { Failure } from '../failure.mjs';
import { ensureTool } from '../infra/tools/tools.mjs';
import { output } from '../infra/tools/programs.mjs';
import { inRoot } from '../root.mjs';

const PROJECT = 'spt-flow-trial';
const HOST = 'spt-flow.localhost';
const WAIT_SECONDS = '900';
const OWNER = 1000;

/** createStack lays out docker/ beside what it mounts, with a fresh .env, and gives the commands that people type there. */
export async function createStack({ images, workspaceImage }) {
  const folder = await mkdtemp('/var/tmp/spt-flow-stack-');
  const directory = path.join(folder, 'docker');
  const data = path.join(folder, 'data');
  await cp(inRoot('docker'), directory, { recursive: true });
  const settings = path.join(directory, 'settings.env');
  for (const file of [path.join(directory, '.env'), settings]) await rm(file, { force: true });
  await symlink(inRoot('infra'), path.join(folder, 'infra'));
  await mkdir(data);
  await chown(data, OWNER, OWNER);
  await succeed(path.join(directory, 'create-env.sh'), [images['control-plane'], HOST]);
  await edit(path.join(directory, '.env'), { SPT_FLOW_DATA_DIRECTORY: data });
  await edit(settings, { SPT_FLOW_WORKSPACE_IMAGE: workspaceImage });
  await writeFile(path.join(directory, 'trial.yaml'), overrideOf(images));
  const program = await ensureTool('docker-compose');
  const files = ['compose.yaml', 'trial.yaml'].flatMap((name) => [
    '--file',
    path.join(directory, name),
  ]);
  const project = ['--project-name', PROJECT, '--project-directory', directory, '--profile', '*'];
  const compose = (...args) => succeed(program, [...project, ...files, ...args]);
  const end = () => compose('down', '--volumes', '--remove-orphans', '--timeout', '60');
  const services = [...(images['registry-mirror'] ? ['upstream'] : []), ...Object.keys(images)];
  return {
    host: HOST,
    images,
    project: PROJECT,
    compose,
    /** Where the control plane may keep files, by the same path inside and outside. */
    data,
    /** Changes settings of the control plane; `up` brings them in. */
    change: (values) => edit(settings, values),
    /** What the script wrote for a variable. */
    setting: async (name) => parseEnv(await readFile(path.join(directory, '.env'), 'utf8'))[name],
    /** Resolves when all are healthy, fails when one is not. */
    up: () => compose('up', '--detach', '--wait', '--wait-timeout', WAIT_SECONDS, ...services),
    end,
    remove: async () => {
      await end();
      await rm(folder, { recursive: true });
    },
  };
}

/** Only what differs on a machine of trials: images, ports that nobody has, and a registry to mirror. */
function overrideOf(images) {
  const services = Object.fromEntries(
    Object.entries(images)
      .filter(([service]) => service !== 'control-plane')
      .map(([service, image]) => [service, { image }]),
  );
  if (services['registry-mirror']) addUpstream(services);
  const ports = {
    caddy: ['127.0.0.1::80', '127.0.0.1::443'],
    'registry-mirror': ['127.0.0.1::5000'],
  };
  const text = stringify({ services });
  // The tag of Compose that says: in place of, not in addition to.
  return Object.entries(ports).reduce(
    (whole, [service, list]) =>
      whole.replace(
        new RegExp(`^  ${service}:\n`, 'm'),
        (line) => `${line}    ports: !override ${JSON.stringify(list)}\n`,
      ),
    text,
  );
}

function addUpstream(services) {
  const mirror = services['registry-mirror'];
  services.upstream = {
    image: mirror.image,
    environment: { REGISTRY_PROXY_REMOTEURL: '' },
    tmpfs: ['/var/lib/registry:mode=1777'],
  };
  Object.assign(mirror, {
    environment: { REGISTRY_PROXY_REMOTEURL: 'http://upstream:5000' },
    depends_on: { upstream: { condition: 'service_healthy' } },
  });
}

async function edit(file, values) {
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const others = lines.filter((line) => !Object.hasOwn(values, line.split('=', 1)[0]));
  const changed = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  await writeFile(file, `${[...others, ...changed].join('\n')}\n`);
}

/** The end of what it said is what people want to see of a start that failed. */
async function succeed(program, args) {
  const { exitCode, stdout, stderr } = await output(program, args);
  if (exitCode === 0) return stdout;
  throw new Failure(`${path.basename(program)} failed`, { output: stderr.slice(-8_000) });
}
