import { open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { packageUrl } from './package-url.mjs';

const ELF = '\u007fELF';
const MAGIC = Buffer.from('\xff Go buildinf:', 'latin1');
const HEADER_BYTES = 32;
const STRINGS_INLINE = 2;
/** The list of modules stands between two markers of this length. */
const MARKER_BYTES = 16;

/** goModules are what the Go programs among the files were built of, as each says itself. */
export async function goModules(root, files) {
  const components = [];
  for (const file of files) {
    const content = await programContent(path.join(root, file));
    const info = content && buildInfo(content);
    if (info) components.push(...modulesOf(info).map(component(file)));
  }
  return components;
}

async function programContent(file) {
  if ((await stat(file)).size < HEADER_BYTES) return undefined;
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(ELF.length), 0, ELF.length, 0);
    if (buffer.toString('latin1') !== ELF) return undefined;
  } finally {
    await handle.close();
  }
  return readFile(file);
}

/** buildInfo reads what Go (1.18 and later) leaves in programs; Go's own tools also have the magic words in their code. */
export function buildInfo(content) {
  for (let at = content.indexOf(MAGIC); at !== -1; at = content.indexOf(MAGIC, at + 1)) {
    if (content[at + MAGIC.length + 1] !== STRINGS_INLINE) continue;
    const version = stringAt(content, at + HEADER_BYTES);
    if (!/^(go|devel)/.test(version.text)) continue;
    const { bytes } = stringAt(content, version.end);
    return {
      version: version.text,
      modules: bytes.subarray(MARKER_BYTES, -MARKER_BYTES).toString(),
    };
  }
  return undefined;
}

/** A length in groups of seven bits, then so many bytes. */
function stringAt(content, start) {
  let [at, length, shift] = [start, 0, 0];
  for (; content[at] & 0x80; at += 1, shift += 7) length += (content[at] & 0x7f) << shift;
  length += content[at] << shift;
  const end = at + 1 + length;
  const bytes = content.subarray(at + 1, end);
  return { bytes, text: bytes.toString(), end };
}

function modulesOf({ version, modules }) {
  const found = [{ name: 'stdlib', version: version.replace(/^go/, '').split(' ')[0] }];
  for (const line of modules.split('\n')) {
    const [kind, name, moduleVersion] = line.split('\t');
    // A replacement takes the place of the module above it.
    if (kind === '=>') found.pop();
    if (['mod', 'dep', '=>'].includes(kind)) found.push({ name, version: moduleVersion });
  }
  return found.filter((module) => module.version && module.version !== '(devel)');
}

function component(file) {
  return ({ name, version }) => ({
    type: 'library',
    name,
    version,
    purl: packageUrl({ type: 'golang', name: name.toLowerCase(), version }),
    evidence: { occurrences: [{ location: `/${file}` }] },
  });
}
