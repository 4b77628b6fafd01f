import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChangeSetRequest } from '@spt-flow/shared/agent-protocol/change-set';
import { createResettable, editsWith, FILES } from '../support/drive.ts';
import { createFileEngine } from '../support/file-engine.ts';
import { LossyDisk, layOut, nameOf, type DiskState } from '../support/lossy-disk.ts';
import { appSource } from '../support/project.ts';
import { snapshotTree } from '../support/tree.ts';
import { disk } from '../support/watched-files.ts';

vi.mock('node:fs', async (importActual) => {
  const { watchDisk } = await import('../support/watched-files.ts');
  return watchDisk(await importActual<typeof import('node:fs')>());
});
vi.mock('node:fs/promises', async (importActual) => {
  const { watchFiles } = await import('../support/watched-files.ts');
  return watchFiles(await importActual<typeof import('node:fs/promises')>());
});

const GOOD: Partial<ChangeSetRequest> = { edits: editsWith(appSource('new')) };
const FAILING: Partial<ChangeSetRequest> = {
  ...GOOD,
  build: { command: 'grep -q old server.js', timeoutMs: 30_000 },
};

/** Never synced, and never read again: any state of it will do, and is tried with others. */
const STAGED = /^state\/stage\/after$/;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'spt-flow-power-'));
});
afterEach(async () => {
  disk.watchNoMore();
  await rm(root, { recursive: true, force: true });
});

/** Applies a change set, and collects the states in which a cut of the power at any time may leave the disk. */
async function statesWhile(change: Partial<ChangeSetRequest>) {
  const { project, template } = await createResettable(FILES);
  await rm(template, { recursive: true });
  const old = await snapshotTree(project.directory);
  const { apply, engine } = await createFileEngine(project);
  const during = new Map<string, DiskState>();
  const afterwards = new Map<string, DiskState>();
  const lossy = new LossyDisk(project.root);
  const keep = (into: typeof during) => {
    for (const state of lossy.states()) into.set(nameOf(state, STAGED), state);
  };
  disk.watcher = {
    before: () => undefined,
    after(operation) {
      lossy.apply(operation);
      if (operation.kind !== 'read' && operation.kind !== 'open') keep(during);
    },
  };
  const { outcome } = await apply(change);
  keep(afterwards);
  disk.watchNoMore();
  await engine.close();
  const final = await snapshotTree(project.directory);
  await rm(project.root, { recursive: true });
  return { outcome, during, afterwards, old, final };
}

/** The tree after a restart of the machine with such a disk. */
async function treeAfter(state: DiskState, number: number) {
  const place = join(root, String(number));
  await mkdir(place);
  layOut(state, place);
  const project = { directory: join(place, 'project'), state: join(place, 'state') };
  const { engine, logs } = await createFileEngine(project);
  await engine.close();
  const tree = JSON.stringify(await snapshotTree(project.directory));
  await rm(place, { recursive: true });
  return { tree, logs };
}

/** Each start after the build of one that fails builds again, which takes its time. */
describe.each([
  ['good', GOOD, { expected: 'committed', each: 1 }],
  ['failing', FAILING, { expected: 'rolled_back', each: 3 }],
] as const)('a %s change set', (_name, change, { expected, each }) => {
  it('leaves the old or the new tree, whole, whatever of it the disk had when the power was cut', async () => {
    const { outcome, during, afterwards, old, final } = await statesWhile(change);
    expect(outcome).toBe(expected);
    const whole = [JSON.stringify(old), JSON.stringify(final)];
    const seen = new Set<number>();

    for (const [number, state] of [...during.values()].entries()) {
      if (number % each !== 0) continue;
      const { tree, logs } = await treeAfter(state, number);
      expect(whole, `${logs.join('\n')}\n${nameOf(state)}`).toContain(tree);
      seen.add(whole.indexOf(tree));
    }
    for (const [number, state] of [...afterwards.values()].entries())
      expect((await treeAfter(state, number)).tree).toBe(whole[1]);

    expect(during.size).toBeGreaterThan(50);
    expect(seen.size).toBe(expected === 'committed' ? 2 : 1);
  }, 240_000);
});

it('what no sync protects may be lost, and the sync of a folder protects its names alone', () => {
  const lossy = new LossyDisk(root);
  const [path, to] = [join(root, 'a'), join(root, 'b')];
  const names = () => [...lossy.states()].map((state) => [...state.keys()].join());
  lossy.apply({ kind: 'create', path });
  lossy.apply({ kind: 'write', path, bytes: Buffer.from('text') });
  expect(new Set(names())).toEqual(new Set(['', 'a']));

  lossy.apply({ kind: 'sync', path: root });
  const texts = [...lossy.states()].map((state) => state.get('a')?.bytes.toString());
  expect(new Set(texts)).toEqual(new Set(['', 'text']));

  lossy.apply({ kind: 'sync', path });
  lossy.apply({ kind: 'rename', path, to });
  expect(new Set(names())).toEqual(new Set(['a', 'b']));
});
