import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { packageUrl } from './package-url.mjs';

const DATABASE = 'var/lib/dpkg';

/** debianPackages are those that dpkg has as installed; an image without dpkg keeps a file for each, as scanners know it. */
export async function debianPackages(root) {
  const distro = await distroOf(root);
  const paragraphs = (await databaseTexts(root)).flatMap((text) => text.split(/\n{2,}/));
  return paragraphs
    .map(fieldsOf)
    .filter(({ Package: name, Status: status }) => name && / installed$/.test(status))
    .map((fields) => component(fields, distro));
}

async function databaseTexts(root) {
  const single = await readFile(path.join(root, DATABASE, 'status'), 'utf8').catch(() => '');
  const folder = path.join(root, DATABASE, 'status.d');
  const names = await readdir(folder).catch(() => []);
  return [
    single,
    ...(await Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')))),
  ];
}

function fieldsOf(paragraph) {
  return Object.fromEntries(
    [...paragraph.matchAll(/^([A-Z][\w-]*): (.*)$/gm)].map(([, name, value]) => [name, value]),
  );
}

async function distroOf(root) {
  const text = await readFile(path.join(root, 'usr/lib/os-release'), 'utf8').catch(() => '');
  const value = (name) => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(text)?.[1];
  const [id, version] = [value('ID'), value('VERSION_ID')];
  return { id: id ?? 'debian', release: id && version && `${id}-${version}` };
}

/** Security trackers know packages by the names of their sources. */
function component(
  { Package: name, Version: version, Architecture: arch, Source: source },
  distro,
) {
  const upstream = source?.split(' ')[0];
  const qualifiers = { arch, distro: distro.release, upstream };
  return {
    type: 'library',
    name,
    version,
    purl: packageUrl({ type: 'deb', name: `${distro.id}/${name}`, version, qualifiers }),
  };
}
