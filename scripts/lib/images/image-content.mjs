import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { succeed } from '../infra/tools/programs.mjs';
import { engineOutput } from './images.mjs';

/** What engines put into every container. */
const OF_THE_ENGINE = [
  '.dockerenv',
  'dev',
  'proc',
  'sys',
  'etc/hostname',
  'etc/hosts',
  'etc/resolv.conf',
];

/** withContent unpacks what a container of the image sees, for as long as `use` takes; `list` is tar's, with owners and modes. */
export async function withContent(tag, use) {
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-content-'));
  const [archive, root] = [path.join(folder, 'content.tar'), path.join(folder, 'root')];
  const excluded = OF_THE_ENGINE.map((name) => `--exclude=${name}`);
  try {
    await mkdir(root);
    await exportTo(archive, tag);
    const listing = ['--numeric-owner', '--quoting-style=literal', '-tvf', archive];
    const list = await succeed('tar', ['--anchored', ...excluded, ...listing]);
    await succeed('tar', [
      '--anchored',
      ...excluded,
      '--no-same-owner',
      '-xf',
      archive,
      '-C',
      root,
    ]);
    return await use({ root, list });
  } finally {
    // Folders that nobody may write to, such as those of Go's modules.
    await succeed('chmod', ['-R', 'u+rwX', folder]);
    await rm(folder, { recursive: true });
  }
}

async function exportTo(archive, tag) {
  // An image without a command takes any word.
  const container = await engineOutput('create', tag, 'none');
  try {
    await engineOutput('export', '--output', archive, container);
  } finally {
    await engineOutput('rm', container);
  }
}

/** filesBelow are the regular files of a folder, by their names in it. */
export async function filesBelow(root) {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .toSorted();
}
