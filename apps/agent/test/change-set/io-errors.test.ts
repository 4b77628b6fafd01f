import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ChangeSetRequest } from '@spt-flow/shared/agent-protocol/change-set';
import { editsWith, FILES, leftOvers } from '../support/drive.ts';
import { createFileEngine } from '../support/file-engine.ts';
import { appSource, createProject, type Project } from '../support/project.ts';
import { createSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { snapshotTree } from '../support/tree.ts';
import { waitUntil } from '../support/wait.ts';
import { brokenDisk, disk, type Operation } from '../support/watched-files.ts';

vi.mock('node:fs', async (importActual) => {
  const { watchDisk } = await import('../support/watched-files.ts');
  return watchDisk(await importActual<typeof import('node:fs')>());
});
vi.mock('node:fs/promises', async (importActual) => {
  const { watchFiles } = await import('../support/watched-files.ts');
  return watchFiles(await importActual<typeof import('node:fs/promises')>());
});

const GOOD: Partial<ChangeSetRequest> = { edits: editsWith(appSource('new')) };
/** Its build works for the old files and fails for the new ones. */
const FAILING: Partial<ChangeSetRequest> = {
  ...GOOD,
  build: { command: 'grep -q old server.js', timeoutMs: 30_000 },
};

const KINDS = new Set<Operation['kind']>([
  ...([
    'create',
    'write',
    'mode',
    'sync',
    'rename',
    'remove',
    'directory',
    'open',
    'read',
  ] as const),
]);

let template: Project;
let place: SmallDisk;
let project: Project;

beforeAll(async () => {
  template = await createProject(FILES);
  place = await createSmallDisk(4 * 1024);
  const root = place.path;
  project = { root, directory: join(root, 'project'), state: join(root, 'state') };
});
afterAll(async () => {
  await place.close();
  await rm(template.root, { recursive: true });
});
afterEach(() => disk.watchNoMore());

async function reset(): Promise<void> {
  await rm(project.state, { recursive: true, force: true });
  await rm(project.directory, { recursive: true, force: true });
  await cp(template.directory, project.directory, { recursive: true });
}

async function treeNow(): Promise<string> {
  return JSON.stringify(await snapshotTree(project.directory));
}

/** Applies a change set on a disk that breaks at some operations, told by their number, until it is repaired. */
async function applyOnBroken(
  change: Partial<ChangeSetRequest>,
  breaks: (count: number) => boolean = () => false,
) {
  const { engine, apply } = await createFileEngine(project);
  const seen: Operation[] = [];
  disk.watcher = {
    before(operation) {
      seen.push(operation);
      if (breaks(seen.length)) throw brokenDisk(operation);
    },
    after: () => undefined,
  };
  const outcome = await apply(change).then(
    (receipt) => receipt.outcome,
    () => 'no receipt' as const,
  );
  disk.watchNoMore();
  return { engine, outcome, seen };
}

interface Trees {
  readonly old: string;
  readonly final: string;
}

/** What was told holds; what could not be told is decided by the same agent or by the next, one way or the other. */
async function expectWhole(
  { engine, outcome }: Awaited<ReturnType<typeof applyOnBroken>>,
  { old, final }: Trees,
  { where, waits }: { where: string; waits: boolean },
): Promise<void> {
  const wanted = outcome === 'no receipt' ? [old, final] : [outcome === 'committed' ? final : old];
  if (outcome !== 'no receipt') expect(wanted, where).toContain(await treeNow());
  if (waits) await waitUntil(() => !engine.isBusy);
  await engine.close();
  await createFileEngine(project);
  expect(wanted, where).toContain(await treeNow());
  await expect.poll(() => leftOvers(project), { timeout: 20_000, interval: 5 }).toEqual([]);
}

async function applyWhole(change: Partial<ChangeSetRequest>) {
  await reset();
  const old = await treeNow();
  const { engine, seen } = await applyOnBroken(change);
  await engine.close();
  return { trees: { old, final: await treeNow() }, seen };
}

function journalRename({ kind, ...rest }: Operation): boolean {
  return kind === 'rename' && 'to' in rest && rest.to === join(project.state, 'journal.json');
}

/** Of a change set that fails, what comes after its build: until then one is as good as the other. */
describe.each([
  ['good', GOOD, { journalsBefore: 0, each: 2 }],
  ['failing', FAILING, { journalsBefore: 2, each: 4 }],
])('a %s change set', (_name, change, { journalsBefore, each }) => {
  it.each([
    ['once', (at: number) => (count: number) => count === at],
    ['until it is repaired', (at: number) => (count: number) => count >= at],
  ])(
    'on a disk that fails %s, wherever it does, leaves the old or the new tree, whole',
    async (how, breaksAt) => {
      const { trees, seen } = await applyWhole(change);
      expect(new Set(seen.map(({ kind }) => kind))).toEqual(KINDS);
      const outcomes = new Set<string>();
      let journals = 0;

      for (const [index, operation] of seen.entries()) {
        if (journalRename(operation)) journals += 1;
        // Neighbours of one kind are alike; the two ways take turns.
        const isTurn = index % each === (how === 'once' ? 0 : 1);
        if (journals < journalsBefore || !isTurn) continue;
        await reset();
        const applied = await applyOnBroken(change, breaksAt(index + 1));
        outcomes.add(applied.outcome);
        const where = `${index} ${operation.kind} ${operation.path}: ${applied.outcome}`;
        await expectWhole(applied, trees, { where, waits: index % 16 === 0 });
      }

      expect(outcomes).toContain('no receipt');
      expect(outcomes.has('rolled_back')).toBe(how === 'once');
    },
    240_000,
  );
});

it('a commit that may have reached the disk is not undone by halves', async () => {
  const { trees, seen } = await applyWhole(GOOD);
  const renamed = seen.findLastIndex(journalRename);
  const synced = seen.findIndex(({ kind }, index) => index > renamed && kind === 'sync') + 1;

  for (let later = 1; later < 60; later += 3) {
    await reset();
    const breaks = (count: number) => count === synced || count >= synced + later;
    const applied = await applyOnBroken(GOOD, breaks);
    await expectWhole(applied, trees, {
      where: `${later} later: ${applied.outcome}`,
      waits: false,
    });
  }
}, 120_000);
