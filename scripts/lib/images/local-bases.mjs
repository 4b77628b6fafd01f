import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureBaseImage } from '../base-image.mjs';
import { cached } from '../cache.mjs';
import { requireEngine } from '../container-engine.mjs';
import { Failure } from '../failure.mjs';
import { unpackPackage } from '../npm-package.mjs';
import { withProgress } from '../progress.mjs';
import { buildImage, defaultOf, engineOutput } from './images.mjs';

/** From the registry of npm, where the makers of its package `node` keep Node.js for each platform. */
const NODE_SUMS = {
  x64: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  arm64:
    'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
};
const NODE_VERSION = '24.21.0';
const NPM = {
  specifier: 'npm@11.19.1',
  integrity:
    'sha512-ztsxKxt/kkIaAs+2i0GU6I+DRmUdrNasxTZKJe9TCdSjKxlhah/4r/hl5ygMD6XAg1qZ9c2TNomR4qgOydp10g==',
};

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
  const specifier = `node-linux-${process.arch}@${NODE_VERSION}`;
  const pinned = { specifier, integrity: NODE_SUMS[process.arch] };
  return cached({ name: 'node', recipe: [pinned, NPM] }, (folder) =>
    withProgress(`Fetching Node.js ${NODE_VERSION}`, async () => {
      await unpackPackage(pinned, folder);
      const npm = path.join(folder, 'lib/node_modules/npm');
      await mkdir(npm, { recursive: true });
      await unpackPackage(NPM, npm);
    }),
  );
}
