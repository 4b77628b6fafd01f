import { copyFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { basesOf } from '../images/bases.mjs';
import { buildImage, tagOf } from '../images/images.mjs';
import { localBases } from '../images/local-bases.mjs';
import { ensureTool } from '../infra/tools.mjs';
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

/** buildStack builds an image for each service that can be had without a registry; resolves with their names, by service. */
export async function buildStack({ caFile }) {
  const local = await localBases();
  const images = {};
  for (const name of OWN) {
    images[name] = await tagOf(name);
    await buildImage({ name, tag: images[name], bases: await basesOf(name, { local, caFile }) });
  }
  for (const [service, withFiles] of Object.entries(STAND_INS)) {
    const name = `stand-ins/${service}`;
    images[service] = await tagOf(`stand-in-${service}`);
    const build = (context) =>
      buildImage({ name, tag: images[service], bases: { BASE: local.debian }, context });
    await withFiles(build, inRoot('infra/images', name));
  }
  images['keycloak-postgres'] = images.postgres;
  return { images, workspaceImage: local.debian };
}

function withItsFolder(build, folder) {
  return build(folder);
}

async function withKeycloak(build) {
  await build(await keycloakFiles());
}

async function withLogStore(build, folder) {
  const program = await ensureTool('victoria-logs');
  const context = await mkdtemp(path.join(tmpdir(), 'spt-flow-stand-in-'));
  try {
    await cp(folder, context, { recursive: true });
    await copyFile(program, path.join(context, 'victoria-logs'));
    await build(context);
  } finally {
    await rm(context, { recursive: true });
  }
}
