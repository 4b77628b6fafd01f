import { closeSync, openSync, writeSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ChangeSetRequest } from '@spt-flow/shared/agent-protocol/change-set';
import { editsWith, FILES, leftOvers } from '../support/drive.ts';
import { createFileEngine } from '../support/file-engine.ts';
import { appSource, createProject, writeEdit, type Project } from '../support/project.ts';
import { createSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { snapshotTree } from '../support/tree.ts';
import { waitUntil } from '../support/wait.ts';

const DISK_KIBIBYTES = 4 * 1024;
const GOOD: Partial<ChangeSetRequest> = {
  edits: editsWith(appSource('new')),
  build: { command: 'true', timeoutMs: 30_000 },
};
/** Its build works for the old files and fails for the new ones. */
const FAILING: Partial<ChangeSetRequest> = {
  ...GOOD,
  build: { command: 'grep -q old server.js', timeoutMs: 30_000 },
};

let template: Project;
let disk: SmallDisk;
/** Lies on the small disk with all that belongs to it. */
let project: Project;

beforeAll(async () => {
  template = await createProject(FILES);
});
afterAll(() => rm(template.root, { recursive: true }));
beforeEach(async () => {
  disk = await createSmallDisk(DISK_KIBIBYTES);
  const root = disk.path;
  project = { root, directory: join(root, 'project'), state: join(root, 'state') };
  await reset();
});
afterEach(() => disk.close());

async function reset(): Promise<void> {
  await makeRoom();
  await rm(project.state, { recursive: true, force: true });
  await rm(project.directory, { recursive: true, force: true });
  await cp(template.directory, project.directory, { recursive: true });
}

function filler(): string {
  return join(project.root, 'filler');
}

function makeRoom(): Promise<void> {
  return rm(filler(), { force: true });
}

async function treeNow(): Promise<string> {
  return JSON.stringify(await snapshotTree(project.directory));
}

/** Takes all the room that there is, to the last byte. */
function fillDisk(): void {
  const descriptor = openSync(filler(), 'a');
  for (let size = 1024 * 1024; size >= 1;) {
    try {
      writeSync(descriptor, Buffer.alloc(size));
    } catch {
      size = Math.floor(size / 2);
    }
  }
  closeSync(descriptor);
}

/** Applies a change set on a disk that is full from a step on, named or counted; answers the steps that were passed. */
async function applyUntilFull(change: Partial<ChangeSetRequest>, fullAt: number | string) {
  const steps: string[] = [];
  const { engine, apply, logs } = await createFileEngine(project, async (name) => {
    steps.push(name);
    if (steps.length === fullAt || name === fullAt) fillDisk();
  });
  const outcome = await apply(change).then(
    (receipt) => receipt.outcome,
    () => 'not undone yet' as const,
  );
  return { engine, steps, outcome, logs };
}

describe.each([
  ['good', GOOD],
  ['failing', FAILING],
])('a %s change set', (_name, change) => {
  it('on a disk that is full from any step on leaves the old or the new tree, whole', async () => {
    const old = await treeNow();
    const { steps, engine } = await applyUntilFull(change, Infinity);
    const final = await treeNow();
    await engine.close();
    const outcomes = new Set<string>();

    for (const [index, step] of steps.entries()) {
      await reset();
      const { outcome, engine: full } = await applyUntilFull(change, index + 1);
      const wanted = outcome === 'committed' ? final : old;
      if (outcome !== 'not undone yet') expect(await treeNow(), step).toBe(wanted);
      outcomes.add(outcome);
      // What could not be undone at once is undone when there is room, by the same agent or by the next.
      await makeRoom();
      if (index % 2 === 0) await waitUntil(() => !full.isBusy);
      await full.close();
      await createFileEngine(project);
      expect(await treeNow(), step).toBe(wanted);
      await expect.poll(() => leftOvers(project), { timeout: 20_000 }).toEqual([]);
    }

    expect(outcomes).toContain('not undone yet');
    expect(outcomes).toContain(change === GOOD ? 'committed' : 'rolled_back');
  }, 240_000);
});

it('while a change set cannot be undone others are answered busy, with the reason', async () => {
  const { engine, outcome, logs } = await applyUntilFull(FAILING, 'flip.done');
  expect(outcome).toBe('not undone yet');

  await waitUntil(() => logs.some((line) => /cannot be undone yet.*ENOSPC/.test(line)));

  expect(engine.isBusy).toBe(true);
  await makeRoom();
  await waitUntil(() => !engine.isBusy);
  await engine.close();
});

it('a change set that finds the disk full is refused, and there is room for a later one', async () => {
  const { apply } = await createFileEngine(project);
  const old = await treeNow();
  fillDisk();

  await expect(apply(GOOD)).rejects.toThrow('ENOSPC');

  expect(await treeNow()).toBe(old);
  await makeRoom();
  expect(await apply(GOOD)).toMatchObject({ outcome: 'committed' });
});

it('a change set larger than the room that is left is rejected before anything is written', async () => {
  const { apply } = await createFileEngine(project);
  const old = await treeNow();

  const edits = [writeEdit('small.txt', 'x'), writeEdit('large.txt', 'x'.repeat(2_000_000))];

  expect(await apply({ edits })).toMatchObject({
    outcome: 'rejected',
    failedPhase: 'check',
    reason: expect.stringMatching(/The disk is too full: \d+ KiB are needed/),
  });
  expect(await treeNow()).toBe(old);
});

it('a build that fills the disk is undone', async () => {
  const { apply } = await createFileEngine(project);
  const old = await treeNow();
  const command = 'cat /dev/zero > large.bin; rm large.bin; exit 1';

  expect(await apply({ ...GOOD, build: { command, timeoutMs: 60_000 } })).toMatchObject({
    outcome: 'rolled_back',
    failedPhase: 'build',
    reason: expect.stringContaining('No space left'),
  });
  expect(await treeNow()).toBe(old);
});
