import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inRoot } from '../../root.mjs';
import { filesBelow, withContent } from '../image-content.mjs';
import { engineOutput } from '../images.mjs';
import { debianPackages } from './debian.mjs';
import { goModules } from './go.mjs';
import { npmPackages } from './npm.mjs';
import { programs } from './programs.mjs';

const VERSION_LABEL = 'org.opencontainers.image.version';

/** writeBill writes down what is in an image, beside what else is built, and resolves with the file. */
export async function writeBill(image, tag) {
  const found = await withContent(tag, async ({ root }) => [
    ...(await contentOf(root)),
    ...(await programs(image, tag)),
  ]);
  const file = inRoot('dist/images', `${image}.cdx.json`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(billOf(await factsOf(tag), found), undefined, 2)}\n`);
  return path.relative(inRoot(), file);
}

/** contentOf finds the components in a folder with the files of an image. */
export async function contentOf(root) {
  const files = await filesBelow(root);
  return [
    ...(await debianPackages(root)),
    ...(await npmPackages(root, files)),
    ...(await goModules(root, files)),
  ];
}

async function factsOf(tag) {
  const [{ Id: id, Created: created, Config: config }] = JSON.parse(
    await engineOutput('image', 'inspect', tag),
  );
  const version = config.Labels?.[VERSION_LABEL] ?? 'unknown';
  return { name: tag.replace(/:[^:/]*$/, ''), version, digest: id.replace('sha256:', ''), created };
}

/** billOf is a CycloneDX document; the same image gives the same one. */
export function billOf({ name, version, digest, created }, components) {
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(digest)}`,
    version: 1,
    metadata: {
      timestamp: new Date(created).toISOString(),
      component: {
        'bom-ref': `sha256:${digest}`,
        type: 'container',
        ...{ name, version },
        hashes: [{ alg: 'SHA-256', content: digest }],
      },
    },
    components: merged(components),
  };
}

/** Version 8 is for whoever makes identifiers of something of their own. */
function uuidOf(digest) {
  const part = (from, to) => digest.slice(from, to);
  return `${part(0, 8)}-${part(8, 12)}-8${part(13, 16)}-8${part(17, 20)}-${part(20, 32)}`;
}

/** One entry for each package, with all places where it lies. */
function merged(components) {
  const byUrl = new Map();
  for (const component of components)
    byUrl.set(component.purl, joined(byUrl.get(component.purl), component));
  return [...byUrl.values()].toSorted((a, b) => (a.purl < b.purl ? -1 : 1));
}

function joined(known, component) {
  if (!known) return { 'bom-ref': component.purl, ...component };
  if (!known.evidence) return known;
  const occurrences = [...known.evidence.occurrences, ...component.evidence.occurrences];
  return { ...known, evidence: { occurrences } };
}
