import { readFile } from 'node:fs/promises';
import { runUpdate } from '../../src/update/run-update.ts';
import { updatePlaces } from '../../src/update/update-places.ts';

/** An update that loses its power at a step. */
const [root = '', rootFile = '', version = '', platform = '', lastStep = ''] =
  process.argv.slice(2);

const slot = await runUpdate(
  {
    ...{ version, platform, places: updatePlaces(root), root: await readFile(rootFile) },
    ...{ ownVersion: '0.1.0', nowMs: Date.now() },
    step(name) {
      if (name === lastStep) process.kill(process.pid, 'SIGKILL');
    },
  },
  { input: process.stdin, output: process.stdout },
);
process.exit(slot === undefined ? 1 : 0);
