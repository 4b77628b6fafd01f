import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { parse } from 'yaml';
import { capture } from '../../run.mjs';
import { promtool } from '../kubernetes/manifests/observability.mjs';
import { ownProgram } from '../tools/kubernetes-tools.mjs';

const IMAGE = 'registry.example.com/spt-flow/control-plane:0.1.0';

/** What create-env.sh writes: for Compose, and for the control plane. */
const WRITTEN = ['.env', 'settings.env'];

/** Of services elsewhere, which give them: empty until somebody fills them in. */
export const OUTSIDE_KEYS = ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY'];

/** composeProblems has the parser of Docker Compose read the file with a fresh .env, then looks at what it says. */
export async function composeProblems(root) {
  const compose = await ownProgram('compose-config');
  return withFreshEnv(root, async ({ directory, secrets }) => {
    const development = await load(compose, directory, 'compose.dev.yaml');
    if (development.exitCode !== 0) return [`compose.dev.yaml: ${development.output.trim()}`];
    const { exitCode, output } = await load(compose, directory);
    if (exitCode !== 0) return [`compose.yaml: ${output.trim()}`];
    await rm(path.join(directory, '.env'));
    const without = await load(compose, directory);
    const prometheus = path.join(directory, 'prometheus.yaml');
    return [
      ...(without.exitCode === 0 ? ['compose.yaml runs without passwords of its own'] : []),
      ...modelProblems(parse(output), { root, secrets }),
      ...modelProblems(parse(development.output), { root, secrets: [] }),
      ...(await promtool(['check', 'config', '--syntax-only', prometheus])),
    ];
  });
}

/** withFreshEnv gives `use` a copy of the folder with what the script has just written, and returns what it finds. */
export async function withFreshEnv(root, use) {
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-compose-'));
  try {
    const directory = path.join(folder, 'docker');
    await cp(path.join(root, 'docker'), directory, { recursive: true });
    for (const name of WRITTEN) await rm(path.join(directory, name), { force: true });
    const created = await capture(path.join(directory, 'create-env.sh'), [IMAGE]);
    if (created.exitCode !== 0) return [`create-env.sh: ${created.output}`];
    const [variables, settings] = await Promise.all(
      WRITTEN.map(async (name) => parseEnv(await readFile(path.join(directory, name), 'utf8'))),
    );
    return await use({ directory, variables, secrets: secretsOf({ ...variables, ...settings }) });
  } finally {
    await rm(folder, { recursive: true });
  }
}

function load(compose, cwd, file = 'compose.yaml') {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME };
  return capture(compose, [file], { cwd, env });
}

function secretsOf(variables) {
  return Object.entries(variables).filter(([name]) => /(KEY|TOKEN|PASSWORD|SECRET)$/.test(name));
}

/** What a shell reads may have them: Podman puts that together again. */
function isSplitByPodman([kind, ...args]) {
  return kind === 'CMD' && args.some((argument) => argument.includes(' '));
}

/** modelProblems looks at the services as Compose understood them. */
export function modelProblems({ services, volumes = {} }, { root, secrets }) {
  const problems = [];
  const taken = new Map();
  for (const [name, service] of Object.entries(services)) {
    const say = (text) => problems.push(`compose.yaml: ${name} ${text}`);
    if (!/@sha256:|:[^/]*\d[^/]*$/.test(service.image ?? ''))
      say(`has no version: ${service.image}`);
    if (!service.healthcheck?.test) say('has no health check');
    if (isSplitByPodman(service.healthcheck?.test ?? []))
      say('has a health check with a space in an argument, which Podman 4 splits');
    if (service.restart !== 'unless-stopped') say('does not come back after a restart of the host');
    if (service.privileged) say('is privileged');
    for (const port of service.ports ?? []) {
      const key = `${port.published}/${port.protocol}`;
      if (taken.has(key)) say(`publishes ${key}, which ${taken.get(key)} has`);
      taken.set(key, name);
      if (name !== 'caddy' && port.host_ip !== '127.0.0.1')
        say(`publishes ${port.published} to everybody`);
    }
    for (const { type, source } of service.volumes ?? []) {
      if (type === 'volume' && !(source in volumes))
        say(`mounts '${source}', which is not declared`);
      if (
        type === 'bind' &&
        source.startsWith('.') &&
        !existsSync(path.join(root, 'docker', source))
      )
        say(`mounts '${source}', which is gone`);
    }
  }
  for (const [name, value] of secrets)
    if (!OUTSIDE_KEYS.includes(name) && !/^[0-9a-f]{64}$/.test(value))
      problems.push(`create-env.sh: ${name} is no random secret`);
  return problems;
}
