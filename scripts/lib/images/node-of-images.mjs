import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { cached } from '../cache.mjs';
import { unpackPackage } from '../npm-package.mjs';
import { withProgress } from '../progress.mjs';

export const NODE_VERSION = '24.21.0';
/** From the registry of npm, where the makers of its package `node` keep Node.js for each platform. */
const NODE_SUMS = {
  x64: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  arm64:
    'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
};
const NPM = {
  specifier: 'npm@11.19.1',
  integrity:
    'sha512-ztsxKxt/kkIaAs+2i0GU6I+DRmUdrNasxTZKJe9TCdSjKxlhah/4r/hl5ygMD6XAg1qZ9c2TNomR4qgOydp10g==',
};

/** nodeOfImages is a folder with the Node.js and npm that the images have, laid out as where they are installed. */
export function nodeOfImages() {
  const specifier = `node-linux-${process.arch}@${NODE_VERSION}`;
  const node = { specifier, integrity: NODE_SUMS[process.arch] };
  return cached({ name: 'node', recipe: [node, NPM] }, (folder) =>
    withProgress(`Fetching Node.js ${NODE_VERSION}`, async () => {
      await unpackPackage(node, folder);
      const npm = path.join(folder, 'lib/node_modules/npm');
      await mkdir(npm, { recursive: true });
      await unpackPackage(NPM, npm);
    }),
  );
}
