import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { succeed } from '../infra/tools/programs.mjs';
import { engineOutput } from './images.mjs';

/** filesOf names everything in all layers of an image, also what later layers hide. */
export async function filesOf(tag) {
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-layers-'));
  try {
    const archive = path.join(folder, 'image.tar');
    await engineOutput('save', '--output', archive, tag);
    await succeed('tar', ['-xf', archive, '-C', folder]);
    const [{ Layers: layers }] = JSON.parse(
      await readFile(path.join(folder, 'manifest.json'), 'utf8'),
    );
    const names = [];
    for (const layer of layers)
      names.push(...(await succeed('tar', ['-tf', path.join(folder, layer)])).split('\n'));
    return names.map((name) => name.replace(/^\.?\//, '')).filter(Boolean);
  } finally {
    await rm(folder, { recursive: true });
  }
}
