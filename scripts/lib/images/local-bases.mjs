import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureBaseImage } from '../base-image.mjs';
import { requireEngine } from '../container-engine.mjs';
import { Failure } from '../failure.mjs';
import { buildImage, defaultOf, engineOutput } from './images.mjs';
import { NODE_VERSION, nodeOfImages } from './node-of-images.mjs';

/** localBases makes of this machine's Debian packages and of npm's what a registry of images would give. */
export async function localBases() {
  const debian = await ensureBaseImage(await requireEngine());
  const node = `spt-flow/local-base:${NODE_VERSION}-${debian.split(':')[1]}`;
  if (!(await isPresent(node))) {
    const context = await nodeFiles();
    await buildImage({ name: 'local-base', tag: node, bases: { BASE: debian }, context });
  }
  return { debian, node };
}

/** trustingBase is a base for stages that build, which trusts the authorities of the file as well. */
export async function trustingBase(base, caFile) {
  const content = await readFile(caFile).catch((error) => {
    throw new Failure(`The file of authorities can't be read: ${error.message}`);
  });
  const hash = createHash('sha256').update(base).update(content).digest('hex').slice(0, 12);
  const tag = `spt-flow/build-base:${hash}`;
  const context = await mkdtemp(path.join(tmpdir(), 'spt-flow-build-base-'));
  try {
    await copyFile(caFile, path.join(context, 'ca.pem'));
    const bases = { BASE: base };
    await buildImage({ name: 'local-base', tag, bases, context, file: 'Dockerfile.ca' });
  } finally {
    await rm(context, { recursive: true });
  }
  return tag;
}

async function isPresent(tag) {
  return (await engineOutput('images', '--quiet', tag)) !== '';
}

async function nodeFiles() {
  const wanted = await defaultOf('control-plane', 'BASE');
  if (!wanted.startsWith(`node:${NODE_VERSION}-`))
    throw new Failure(
      `The images stand on '${wanted}', the local base has Node.js ${NODE_VERSION}`,
    );
  return nodeOfImages();
}
