import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ChangeSetReceiptSchema,
  type ChangeSetRequest,
} from '@spt-flow/shared/agent-protocol/change-set';
import {
  badChange,
  createDriver,
  createResettable,
  goodChange,
  leftOvers,
  writeRequest,
  type Driver,
} from '../support/drive.ts';
import { freePort, type Project } from '../support/project.ts';
import { snapshotTree } from '../support/tree.ts';
import { waitUntil } from '../support/wait.ts';

const LIMIT_MS = 180_000;

let driver: Driver;
/** What the good change set passes, one step after the other. */
let steps: string[];

beforeAll(async () => {
  driver = await createDriver();
  const { project } = await createResettable();
  const request = await writeRequest(project, goodChange(await freePort()));
  ({ steps } = await driver.drive(project, { request }));
  await rm(project.root, { recursive: true });
});
afterAll(() => driver.close());

/** A project whose old app is wanted already, and a request that changes it. */
async function createPlace(change: (port: number) => Partial<ChangeSetRequest> = goodChange) {
  const { project } = await createResettable();
  const port = await freePort();
  const first = await writeRequest(project, { ...goodChange(port), edits: [] }, 'first.json');
  await driver.drive(project, { request: first });
  return {
    project,
    request: await writeRequest(project, change(port)),
    old: await snapshotTree(project.directory),
    answer: () =>
      fetch(`http://127.0.0.1:${port}/`)
        .then((response) => response.text())
        .catch(() => 'nothing'),
    /** Files may come and go while it looks. */
    isOld: (old: object) =>
      snapshotTree(project.directory).then(
        (tree) => JSON.stringify(tree) === JSON.stringify(old),
        () => false,
      ),
  };
}

async function outcomeTold({ state }: Project): Promise<string> {
  const text = await readFile(join(state, 'recovered.json'), 'utf8');
  return ChangeSetReceiptSchema.parse(JSON.parse(text)).outcome;
}

describe.concurrent('the watchdog of a change set', { timeout: LIMIT_MS }, () => {
  it.each(['journal.prepared', 'flip.renamed', 'restart.started'])(
    'undoes it and brings the old app back by itself when the agent is killed at %s',
    async (step) => {
      const { project, request, old, answer, isOld } = await createPlace();

      await driver.drive(project, { request, at: steps.indexOf(step) + 1, hasWatchdog: true });
      await waitUntil(() => isOld(old));
      await waitUntil(async () => (await answer()) === 'old');

      // The next agent takes over from it, and leaves nothing of it.
      await driver.drive(project);
      expect(await outcomeTold(project)).toBe('rolled_back');
      expect(await leftOvers(project)).toEqual([]);
      expect(await answer()).toBe('nothing');
      await rm(project.root, { recursive: true });
    },
  );

  it.each(['flip.renamed', 'restart.started', 'probe.done'])(
    'ends an agent that hangs at %s, and undoes it',
    async (step) => {
      const { project, request, old, isOld } = await createPlace();
      const at = steps.indexOf(step) + 1;

      const hung = await driver.drive(project, { request, at, then: 'stop', hasWatchdog: true });

      expect(hung.signal).toBe('SIGKILL');
      await waitUntil(() => isOld(old));
      await driver.drive(project);
      expect(await snapshotTree(project.directory)).toEqual(old);
      expect(await leftOvers(project)).toEqual([]);
      await rm(project.root, { recursive: true });
    },
  );

  it('leaves a committed change set alone', async () => {
    const { project, request, old } = await createPlace();
    const at = steps.indexOf('commit.written') + 1;

    await driver.drive(project, { request, at, hasWatchdog: true });
    await driver.drive(project);

    expect(await snapshotTree(project.directory)).not.toEqual(old);
    expect(await outcomeTold(project)).toBe('committed');
    await rm(project.root, { recursive: true });
  });

  it('and the next agent, at work at the same time, leave the old tree, whole', async () => {
    const { project, request, old } = await createPlace(badChange);

    for (let round = 0; round < 8; round += 1) {
      const at = steps.indexOf('flip.done') + 1;
      await driver.drive(project, { request, at, hasWatchdog: true });
      // The recovery takes some 100 ms to start and to undo: the next agent comes before, amid and after it.
      await sleep(round * 25);
      const { complaint } = await driver.drive(project);
      expect(complaint).toBe('');
      expect(await snapshotTree(project.directory), `round ${round}`).toEqual(old);
      expect(await leftOvers(project)).toEqual([]);
    }
    await rm(project.root, { recursive: true });
  });

  it('undoes nothing of a change set that ended well, and ends with it', async () => {
    const { project, request, old } = await createPlace();

    const { receipt, complaint } = await driver.drive(project, { request, hasWatchdog: true });

    expect([receipt?.outcome, complaint]).toEqual(['committed', '']);
    expect(await snapshotTree(project.directory)).not.toEqual(old);
    await rm(project.root, { recursive: true });
  });
});
