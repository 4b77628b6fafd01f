import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ChangeSetRequest } from '@spt-flow/shared/agent-protocol/change-set';
import {
  createDriver,
  createResettable,
  editsWith,
  leftOvers,
  writeRequest,
  type Driver,
} from '../support/drive.ts';
import { appSource } from '../support/project.ts';
import { snapshotTree } from '../support/tree.ts';

/** Only files: what happens to processes beside them is seen in `crash-app.test.ts`. */
const GOOD: Partial<ChangeSetRequest> = {
  edits: editsWith(appSource('new')),
  build: { command: 'true', timeoutMs: 30_000 },
};
/** Its build works for the old files and fails for the new ones. */
const FAILING: Partial<ChangeSetRequest> = {
  ...GOOD,
  build: { command: 'grep -q old server.js', timeoutMs: 30_000 },
};

let driver: Driver;
let resettable: Awaited<ReturnType<typeof createResettable>>;

beforeAll(async () => {
  driver = await createDriver();
});
afterAll(() => driver.close());
beforeEach(async () => {
  resettable = await createResettable();
});
afterEach(() => rm(resettable.project.root, { recursive: true, force: true }));

describe.each([
  ['good', GOOD, 'committed'],
  ['failing', FAILING, 'rolled_back'],
] as const)('a %s change set', (_name, change, outcome) => {
  it('killed at every step leaves the old or the new tree, whole', async () => {
    const { project, reset } = resettable;
    const request = await writeRequest(project, change);
    const old = await snapshotTree(project.directory);
    const complete = await driver.drive(project, { request });
    const final = await snapshotTree(project.directory);
    expect(complete).toMatchObject({ complaint: '', receipt: { outcome } });
    expect(complete.steps).toContain(outcome === 'committed' ? 'flip.renamed' : 'undo.renamed');

    const seen = new Set<string>();
    // Until the build fails, one is as good as the other.
    const from = complete.steps.indexOf('undo.stopped');
    for (const [index, step] of complete.steps.entries()) {
      if (index < from) continue;
      await reset();
      const killed = await driver.drive(project, { request, at: index + 1 });
      const recovered = await driver.drive(project);
      expect([killed.signal, recovered.signal, recovered.complaint, step]).toEqual([
        'SIGKILL',
        null,
        '',
        step,
      ]);
      const tree = JSON.stringify(await snapshotTree(project.directory));
      expect([JSON.stringify(old), JSON.stringify(final)], `killed at ${step}`).toContain(tree);
      expect(await leftOvers(project), `killed at ${step}`).toEqual([]);
      seen.add(tree);
    }

    expect(seen.size).toBe(outcome === 'committed' ? 2 : 1);
  }, 240_000);
});

it('recovery killed at every step still ends with the old tree', async () => {
  const { project, reset } = resettable;
  const request = await writeRequest(project, GOOD);
  const old = await snapshotTree(project.directory);
  const { steps } = await driver.drive(project, { request });

  for (let at = 1, isOver = false; !isOver; at += 1) {
    await reset();
    await driver.drive(project, { request, at: steps.indexOf('build.done') + 1 });
    const recovery = await driver.drive(project, { at });
    isOver = recovery.signal === null;
    await driver.drive(project);
    expect(await snapshotTree(project.directory)).toEqual(old);
    expect(await leftOvers(project)).toEqual([]);
  }
}, 240_000);
