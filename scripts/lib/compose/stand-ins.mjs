import { basesOf } from '../images/bases.mjs';
import { buildImage, tagOf } from '../images/images.mjs';
import { localBases } from '../images/local-bases.mjs';
import { inRoot } from '../root.mjs';

/** Our own parts of the stack, as operators build them. */
const OWN = ['control-plane', 'registry-mirror'];
/** What comes from a registry of images otherwise, and of Debian's packages here. */
const STAND_INS = ['postgres', 'caddy', 'prometheus'];

/** buildStack builds an image for each service that can be had without a registry; resolves with their names, by service. */
export async function buildStack({ caFile }) {
  const local = await localBases();
  const images = {};
  for (const name of OWN) {
    images[name] = await tagOf(name);
    await buildImage({ name, tag: images[name], bases: await basesOf(name, { local, caFile }) });
  }
  for (const service of STAND_INS) {
    const name = `stand-ins/${service}`;
    const context = inRoot('infra/images', name);
    images[service] = await tagOf(`stand-in-${service}`);
    await buildImage({ name, tag: images[service], bases: { BASE: local.debian }, context });
  }
  return { images, workspaceImage: local.debian };
}
