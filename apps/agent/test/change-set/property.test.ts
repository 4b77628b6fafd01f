import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ChangeSetRequest } from '@spt-flow/shared/agent-protocol/change-set';
import { createFileEngine, haltingAt } from '../support/file-engine.ts';
import { sha256 } from '../support/project.ts';
import { snapshotTree } from '../support/tree.ts';

/** Few, so that edits meet files and folders that are there. */
const FOLDERS = ['', 'a/', 'a/b/', 'c d/', '-e/'];
const NAMES = ['x', 'y.txt', '-z', 'Ü', 'new\nline'];
const path = fc
  .tuple(fc.constantFrom(...FOLDERS), fc.constantFrom(...NAMES))
  .map((parts) => parts.join(''));
const content = fc.oneof(fc.constant(''), fc.string({ maxLength: 40 }), fc.constant('same'));
const tree = fc.dictionary(
  path,
  fc.record({ content, mode: fc.constantFrom(0o644, 0o755, 0o600) }),
);
const edit = fc.record({
  path,
  content: fc.option(content, { nil: null, freq: 3 }),
  names: fc.boolean(),
});

interface Case {
  readonly files: Record<string, { content: string; mode: number }>;
  readonly edits: readonly { path: string; content: string | null; names: boolean }[];
  readonly isBuilt: boolean;
  readonly haltAt: number;
  readonly haltRecoveryAt: number;
}

const example: fc.Arbitrary<Case> = fc.record({
  files: tree,
  edits: fc.uniqueArray(edit, { maxLength: 8, selector: (one) => one.path }),
  isBuilt: fc.boolean(),
  haltAt: fc.integer({ min: 1, max: 45 }),
  haltRecoveryAt: fc.integer({ min: 1, max: 20 }),
});

let root: string;
let count = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'spt-flow-property-'));
});
afterAll(() => rm(root, { recursive: true }));

async function createPlace(files: Case['files']) {
  count += 1;
  const directory = join(root, String(count), 'project');
  await mkdir(directory, { recursive: true });
  for (const [name, { content: text, mode }] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
    await chmod(join(directory, name), mode);
  }
  return { directory, state: join(root, String(count), 'state') };
}

/** The request, and the contents that it leads to; deleting what is not there is left out. */
function plan({ files, edits, isBuilt }: Case) {
  const wanted = new Map(Object.entries(files).map(([name, file]) => [name, file.content]));
  const request: Partial<ChangeSetRequest> = {
    edits: edits.flatMap((one): ChangeSetRequest['edits'] => {
      const known = wanted.get(one.path);
      const before = one.names ? { before: known === undefined ? null : sha256(known) } : {};
      if (one.content === null)
        return known === undefined ? [] : [{ action: 'delete', path: one.path, ...before }];
      const bytes = Buffer.from(one.content).toString('base64');
      return [{ action: 'write', path: one.path, content: bytes, ...before }];
    }),
    build: { command: isBuilt ? 'true' : 'false', timeoutMs: 60_000 },
  };
  for (const one of edits) {
    if (one.content === null) wanted.delete(one.path);
    else wanted.set(one.path, one.content);
  }
  return { request, wanted };
}

it('any change set, halted anywhere and again while it is undone, leaves the old or the new tree', async () => {
  const outcomes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(example, async (one) => {
      const place = await createPlace(one.files);
      const { request, wanted } = plan(one);
      const old = await snapshotTree(place.directory);

      const first = haltingAt(one.haltAt);
      const engine = await createFileEngine(place, first.step);
      const end = await Promise.race([engine.apply(request), first.halt]);
      const second = haltingAt(one.haltRecoveryAt);
      if (end === 'halted') await Promise.race([createFileEngine(place, second.step), second.halt]);
      await createFileEngine(place);

      const now = await snapshotTree(place.directory);
      const texts = new Map(
        Object.entries(now).flatMap(([name, text]) =>
          text.startsWith('file')
            ? [[name, Buffer.from(text.split(' ')[2] ?? '', 'base64').toString()] as const]
            : [],
        ),
      );
      const isOld = JSON.stringify(now) === JSON.stringify(old);
      const isNew = JSON.stringify([...texts].sort()) === JSON.stringify([...wanted].sort());
      expect(isOld || (one.isBuilt && isNew)).toBe(true);
      if (end !== 'halted') expect(end.outcome === 'committed' ? isNew : isOld).toBe(true);
      for (const [name, file] of Object.entries(one.files))
        if (texts.has(name)) expect(now[name]).toMatch(`file ${file.mode.toString(8)}`);
      outcomes.add(end === 'halted' ? (isOld ? 'undone' : 'kept') : end.outcome);
    }),
    { numRuns: 80, seed: 20_261_125 },
  );

  expect([...outcomes].sort()).toEqual(['committed', 'kept', 'rolled_back', 'undone']);
}, 240_000);
