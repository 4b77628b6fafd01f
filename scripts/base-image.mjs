import { ensureBaseImage } from './lib/base-image.mjs';
import { requireEngine } from './lib/container-engine.mjs';
import { endWith } from './lib/failure.mjs';
import { withProgress } from './lib/progress.mjs';

await endWith(async () => {
  const engine = await requireEngine();
  const image = await withProgress('Making the base image', () => ensureBaseImage(engine));
  process.stdout.write(`${image}\n`);
});
