import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { capture } from '../../../run.mjs';
import { succeed } from '../../tools/programs.mjs';

/**
 * importImages gives a containerd images that no registry has: each of one layer, which is a tar archive, with the
 * configuration that a Dockerfile would give it.
 */
export async function importImages({ ctr, images }) {
  const directory = await mkdtemp(path.join(tmpdir(), 'spt-flow-images-'));
  try {
    const manifest = [];
    const sums = new Map();
    for (const { name, layer, config } of images) {
      const sum = sums.get(layer) ?? (await sha256(layer));
      const link = `${sum}.tar`;
      if (!sums.has(layer)) await symlink(layer, path.join(directory, link));
      sums.set(layer, sum);
      const text = JSON.stringify({
        ...{ architecture: process.arch === 'x64' ? 'amd64' : process.arch, os: 'linux', config },
        rootfs: { type: 'layers', diff_ids: [`sha256:${sum}`] },
      });
      const file = `${createHash('sha256').update(text).digest('hex')}.json`;
      await writeFile(path.join(directory, file), text);
      manifest.push({ Config: file, RepoTags: [name], Layers: [link] });
    }
    await writeFile(path.join(directory, 'manifest.json'), JSON.stringify(manifest));
    const archive = path.join(directory, 'images.tar');
    const files = await readdir(directory);
    await succeed('tar', ['--dereference', '-C', directory, '-cf', archive, ...files]);
    await ctr('images', 'import', archive);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** agentLayer is what infra/images/agent has: the executable, and the libraries that it asks for. */
export async function agentLayer(executable, archive) {
  const root = await mkdtemp(path.join(tmpdir(), 'spt-flow-agent-layer-'));
  try {
    await mkdir(path.join(root, 'tmp'), { mode: 0o1777 });
    await cp(executable, path.join(root, 'spt-flow-agent'));
    const { output } = await capture('ldd', [executable]);
    const libraries = output.match(/\/\S+/g) ?? [];
    await succeed('cp', ['--parents', '--dereference', '--target-directory', root, ...libraries]);
    await succeed('tar', ['-C', root, '-cf', archive, '.']);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function sha256(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
