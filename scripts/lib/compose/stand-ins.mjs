import { copyFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { basesOf } from '../images/bases.mjs';
import { buildUnlessSame, tagOf } from '../images/images.mjs';
import { localBases } from '../images/local-bases.mjs';
import { ensureTool } from '../infra/tools/tools.mjs';
import { inRoot } from '../root.mjs';
import { keycloakFiles } from './keycloak.mjs';

/** Our own parts of the stack, as operators build them. */
const OWN = ['control-plane', 'registry-mirror', 'log-collector'];
/** What comes from a registry of images otherwise; here of Debian's packages, and of the files that are named. */
const STAND_INS = {
  postgres: withItsFolder,
  caddy: withItsFolder,
  prometheus: withItsFolder,
  keycloak: withKeycloak,
  loki: withLogStore,
};

/** Without these nothing works. */
const CORE = new Set(['control-plane', 'postgres', 'caddy']);

/** buildStack has an image for each service that can be had without a registry; resolves with their names, by service. */
export async function buildStack({ caFile, isCore }) {
  const isWanted = (service) => !isCore || CORE.has(service);
  const local = await localBases();
  const images = {};
  for (const name of OWN.filter(isWanted)) {
    images[name] = await tagOf(name);
    const bases = await basesOf(name, { local, caFile });
    await buildUnlessSame({ name, tag: images[name], bases });
  }
  for (const [service, withFiles] of Object.entries(STAND_INS)) {
    if (!isWanted(service)) continue;
    const name = `stand-ins/${service}`;
    images[service] = await tagOf(`stand-in-${service}`);
    const build = (context, more) =>
      buildUnlessSame({ name, tag: images[service], bases: { BASE: local.debian }, context, more });
    await withFiles(build, inRoot('infra/images', name));
  }
  if (images.keycloak) images['keycloak-postgres'] = images.postgres;
  return { images, workspaceImage: local.debian };
}

function withItsFolder(build, folder) {
  return build(folder);
}

async function withKeycloak(build) {
  const folder = await keycloakFiles();
  await build(folder, path.basename(folder));
}

async function withLogStore(build, folder) {
  const program = await ensureTool('victoria-logs');
  const context = await mkdtemp(path.join(tmpdir(), 'spt-flow-stand-in-'));
  try {
    await cp(folder, context, { recursive: true });
    await copyFile(program, path.join(context, 'victoria-logs'));
    await build(context, path.basename(path.dirname(program)));
  } finally {
    await rm(context, { recursive: true });
  }
}
