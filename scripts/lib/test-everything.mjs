import path from 'node:path';
import { ensureBaseImage } from './base-image.mjs';
import { bootstrap } from './bootstrap.mjs';
import { buildApps } from './build-apps.mjs';
import { ensureEngine } from './container-engine.mjs';
import { endWith, Failure } from './failure.mjs';
import { ensureInstalled } from './install.mjs';
import { say } from './progress.mjs';
import { reportRuns, runVitest } from './vitest-run.mjs';

/** testEverything ends with one line of counts; with arguments only the test files that match them run. */
export function testEverything(filters) {
  return endWith(async () => {
    await ensureInstalled();
    await bootstrap();
    const engine = await ensureEngine();
    try {
      // Half of the time that the image takes is waiting for the network and the disk.
      await Promise.all([buildApps(), engine && makeBaseImage(engine)]);
      if (filters.length === 0) await makePrograms();
      return await runTests(filters);
    } finally {
      await engine?.stop();
    }
  });
}

/** Children find the engine by the variable that Docker's own programs read; without an image they skip its tests. */
async function makeBaseImage(engine) {
  process.env.DOCKER_HOST = `unix://${engine.socket}`;
  try {
    await ensureBaseImage(engine);
  } catch (error) {
    if (process.env.CI || !(error instanceof Failure)) throw error;
    say(error.message);
  }
}

/** Tests that run alone build them when they need them. Imported late, because a fresh clone has to install first. */
async function makePrograms() {
  const { ensureNodePrograms } = await import('./infra/kubernetes/cluster/node.mjs');
  const { ensureS3Server } = await import('./s3-server.mjs');
  const { ensureVault } = await import('./vault-server.mjs');
  await Promise.all([ensureNodePrograms(), ensureS3Server(), ensureVault()]);
}

async function runTests(filters) {
  return reportRuns(filters.length > 0 ? [await runVitest('chosen', filters)] : await runAll());
}

async function runAll() {
  say('Tests of the parts');
  const parts = await runVitest('parts', ['--coverage']);
  say('Tests of the agent on Bun');
  // Imported late, because a fresh clone has to install it first.
  const { localBun } = await import('./bun-from-npm.mjs');
  const config = ['--config', 'vitest.bun.config.ts'];
  const onBun = await runVitest('bun', config, { runtime: [localBun, '--bun'] });
  const onNewerNode = await runOnNewerNode();
  say('Journeys through the whole product');
  const journeys = await runVitest('journeys', ['--config', 'e2e/vitest.config.ts']);
  return [parts, onBun, onNewerNode, journeys];
}

/** Streams and flags have changed since the oldest Node.js that is promised; those that are quick show where it matters. */
async function runOnNewerNode() {
  const { nodeOfImages } = await import('./images/node-of-images.mjs');
  const node = path.join(await nodeOfImages(), 'bin/node');
  say('Tests on the Node.js of the images');
  const places = ['apps/control-plane/src', 'packages'];
  return runVitest('newer-node', ['--project', 'node', ...places], { runtime: [node] });
}
