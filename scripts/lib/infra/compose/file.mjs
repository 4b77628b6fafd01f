import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { modelProblems, withFreshEnv } from './config.mjs';

/** composeFileProblems looks at the Compose file with a fresh .env, without Compose. */
export function composeFileProblems(root) {
  return withFreshEnv(root, async ({ directory, variables, secrets }) => [
    ...modelProblems(
      modelOf(await readFile(path.join(directory, 'compose.yaml'), 'utf8'), variables),
      { root, secrets },
    ),
    ...(await plainSecretProblems(root)),
  ]);
}

/** Reads what the checks look at: merges, variables, and the short forms of ports and volumes. */
function modelOf(text, variables) {
  const filled = text.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_all, name, kind, rest) => {
    const value = variables[name];
    if (value) return value;
    if (kind === '-') return rest;
    throw new Error(`compose.yaml: ${name} is not in .env`);
  });
  const { services, ...model } = parse(filled, { merge: true });
  const long = ([name, service]) => [
    name,
    {
      ...service,
      ports: service.ports?.map(portOf),
      volumes: service.volumes?.map(volumeOf),
    },
  ];
  return { ...model, services: Object.fromEntries(Object.entries(services).map(long)) };
}

function portOf(port) {
  if (typeof port !== 'string') return port;
  const [addresses, protocol = 'tcp'] = port.split('/');
  const [published, ip] = addresses.split(':').slice(0, -1).toReversed();
  return { published, protocol, host_ip: ip };
}

function volumeOf(volume) {
  if (typeof volume !== 'string') return volume;
  const [source] = volume.split(':');
  return { type: /^[./]/.test(source) ? 'bind' : 'volume', source };
}

/** A password in the file itself is a default one. */
async function plainSecretProblems(root) {
  const text = await readFile(path.join(root, 'docker/compose.yaml'), 'utf8');
  return text.split('\n').flatMap((line, at) => {
    const [, name, value] = /^\s*([A-Z_]*(?:PASSWORD|TOKEN|SECRET|KEY)): *(.*)$/.exec(line) ?? [];
    const isPlain = name && !/^\$\{\w+:[?-]\}$/.test(value);
    return isPlain ? [`compose.yaml:${at + 1}: ${name} is written down`] : [];
  });
}
