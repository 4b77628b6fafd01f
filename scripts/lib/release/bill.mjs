import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { packageUrl } from '../images/bill/package-url.mjs';
import { inRoot } from '../root.mjs';

const PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;

/** What programs are made of: the entry decides what comes with it. */
const ENTRIES = { agent: 'apps/agent/src/main.ts', cli: 'apps/cli/src/bin.ts' };

/** billOfProgram is a CycloneDX document of what is in a program; the same sources give the same one. */
export async function billOfProgram(product, { version, bunVersion }) {
  const folders = await bundledPackages(ENTRIES[product]);
  const components = [
    { type: 'framework', name: 'bun', version: bunVersion },
    ...(await Promise.all(folders.map(componentOf))),
  ].map((component) => {
    const purl = packageUrl({ type: 'npm', ...component });
    return { 'bom-ref': purl, ...component, purl };
  });
  const name = `spt-flow-${product}`;
  const hash = createHash('sha256').update(JSON.stringify([name, version, components]));
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(hash.digest('hex'))}`,
    version: 1,
    metadata: { component: { 'bom-ref': name, type: 'application', name, version } },
    components,
  };
}

async function bundledPackages(entry) {
  const { metafile } = await build({
    absWorkingDir: inRoot(),
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    conditions: ['bun'],
    external: ['bun:ffi', 'bufferutil', 'utf-8-validate'],
    logLevel: 'silent',
  });
  const folders = Object.keys(metafile.inputs).flatMap((file) => PACKAGE.exec(file)?.[1] ?? []);
  return [...new Set(folders)].toSorted();
}

async function componentOf(folder) {
  const text = await readFile(path.join(inRoot(), folder, 'package.json'), 'utf8');
  const { name, version, license } = JSON.parse(text);
  const licenses =
    typeof license === 'string' ? { licenses: [{ license: { name: license } }] } : {};
  return { type: 'library', name, version, ...licenses };
}

/** Version 8 is for whoever makes identifiers of something of their own. */
function uuidOf(digest) {
  const part = (from, to) => digest.slice(from, to);
  return `${part(0, 8)}-${part(8, 12)}-8${part(13, 16)}-8${part(17, 20)}-${part(20, 32)}`;
}
