import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { packageUrl } from './package-url.mjs';

/** A package where npm puts it, or where the image of Node.js has its yarn. */
const MANIFEST = /(^|\/)(node_modules\/(@[^/]+\/)?[^/@]+|opt\/yarn-[^/]+)\/package\.json$/;
/** Vite's list of what is in its bundles. */
const BUNDLED = /(^|\/)\.vite\/license\.json$/;

/** npmPackages are those whose manifests are there, and those that Vite says it bundled. */
export async function npmPackages(root, files) {
  const read = async (file) => JSON.parse(await readFile(path.join(root, file), 'utf8'));
  const manifests = files
    .filter((file) => MANIFEST.test(file))
    .map(async (file) => [{ ...(await read(file)), file: path.dirname(file) }]);
  const bundles = files
    .filter((file) => BUNDLED.test(file))
    .map(async (file) => (await read(file)).map(fromBundle(file)));
  const found = (await Promise.all([...manifests, ...bundles])).flat();
  return found.filter(({ name, version }) => name && version).map(component);
}

function fromBundle(file) {
  return ({ name, version, identifier }) => ({ name, version, license: identifier, file });
}

function component({ name, version, license, file }) {
  return {
    type: 'library',
    name,
    version,
    purl: packageUrl({ type: 'npm', name, version }),
    ...(typeof license === 'string' && { licenses: [{ license: { name: license } }] }),
    evidence: { occurrences: [{ location: `/${file}` }] },
  };
}
