import { link, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChangeSetRequest } from '@spt-flow/shared/agent-protocol/change-set';
import { createFileEngine } from '../support/file-engine.ts';
import { createProject, writeEdit, type Project } from '../support/project.ts';
import { snapshotTree } from '../support/tree.ts';

const FILES = { 'top.txt': 'old top', 'a/b/deep.txt': 'old deep', 'a/gone.txt': 'old gone' };
const EDITS: ChangeSetRequest['edits'] = [
  writeEdit('top.txt', 'new top'),
  writeEdit('a/b/deep.txt', 'new deep'),
  writeEdit('a/b/made/new.txt', 'made', null),
  { action: 'delete', path: 'a/gone.txt' },
];
/** Works for the old files and fails for the new ones. */
const FAILING_BUILD = { command: 'grep -q old top.txt', timeoutMs: 30_000 };

let project: Project;
/** Beside the project, and nobody's to change. */
let outside: string;

beforeEach(async () => {
  project = await createProject(FILES);
  outside = join(project.root, 'outside');
  await mkdir(join(outside, 'b/made'), { recursive: true });
  for (const name of ['deep.txt', 'gone.txt', 'top.txt', 'b/deep.txt', 'b/made/new.txt'])
    await writeFile(join(outside, name), 'not yours');
});
afterEach(() => rm(project.root, { recursive: true, force: true }));

function at(path: string): string {
  return join(project.directory, path);
}

function textOf(path: string): Promise<string> {
  return readFile(at(path), 'utf8');
}

/** Applies the edits; when a step is passed for the first time, somebody meddles. */
async function applyWhile(
  step: string,
  meddle: () => Promise<unknown>,
  change: Partial<ChangeSetRequest> = {},
) {
  let hasMeddled = false;
  const { apply, engine } = await createFileEngine(project, async (name) => {
    if (hasMeddled || name !== step) return;
    hasMeddled = true;
    await meddle();
  });
  const receipt = await apply({ edits: EDITS, ...change });
  expect(hasMeddled).toBe(true);
  expect(engine.isBusy).toBe(false);
  return receipt;
}

async function temporaryFiles(): Promise<string[]> {
  const names = await readdir(project.root, { recursive: true });
  return names.filter((name) => name.includes('.spt-flow-'));
}

describe('while a change set is made', () => {
  it.each(['stage.written', 'journal.prepared', 'flip.temporary', 'flip.directory'])(
    'a file that is edited at %s stays as its editor left it, and nothing else changes',
    async (step) => {
      const receipt = await applyWhile(step, () => writeFile(at('a/b/deep.txt'), 'by hand'));

      expect(receipt).toMatchObject({
        outcome: 'rolled_back',
        failedPhase: 'write',
        reason: "'a/b/deep.txt' was changed by somebody else meanwhile",
      });
      expect([await textOf('a/b/deep.txt'), await textOf('top.txt')]).toEqual([
        'by hand',
        'old top',
      ]);
      expect(await textOf('a/gone.txt')).toBe('old gone');
      expect(await temporaryFiles()).toEqual([]);
    },
  );

  it('a file that appears where one is to be made stays', async () => {
    const receipt = await applyWhile('journal.prepared', async () => {
      await mkdir(at('a/b/made'));
      await writeFile(at('a/b/made/new.txt'), 'mine');
    });

    expect(receipt).toMatchObject({ outcome: 'rolled_back', failedPhase: 'write' });
    expect(await textOf('a/b/made/new.txt')).toBe('mine');
    expect(await textOf('top.txt')).toBe('old top');
  });

  it('a file that is gone before it is to be deleted is no obstacle to the way back', async () => {
    const before = await snapshotTree(project.directory);

    const receipt = await applyWhile('flip.temporary', () => rm(at('a/gone.txt')));

    expect(receipt).toMatchObject({ outcome: 'rolled_back' });
    const { 'a/gone.txt': _gone, ...others } = before;
    expect(await snapshotTree(project.directory)).toEqual(others);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a folder', () => rm(at('top.txt')).then(() => mkdir(at('top.txt')))],
    ['a link', () => rm(at('top.txt')).then(() => symlink('../outside/top.txt', at('top.txt')))],
  ])('a file that becomes %s is left to whoever made it so', async (_name, meddle) => {
    const receipt = await applyWhile('stage.written', meddle);

    expect(receipt).toMatchObject({ outcome: 'rolled_back', failedPhase: 'write' });
    expect(await textOf('a/b/deep.txt')).toBe('old deep');
    expect(await readFile(join(outside, 'top.txt'), 'utf8')).toBe('not yours');
    expect(await temporaryFiles()).toEqual([]);
  });

  it('a hard link that is made to a file keeps the old content, and the file gets the new one', async () => {
    const receipt = await applyWhile('stage.written', () => link(at('top.txt'), at('twin.txt')));

    expect(receipt).toMatchObject({ outcome: 'committed' });
    expect([await textOf('top.txt'), await textOf('twin.txt')]).toEqual(['new top', 'old top']);
  });

  describe.each(['a', 'a/b'])('the folder %s that is swapped for a link to outside', (folder) => {
    it.each(['stage.written', 'journal.prepared', 'flip.temporary', 'flip.directory', 'flip.done'])(
      'at %s lets nothing outside be touched',
      async (step) => {
        const before = await snapshotTree(outside);
        const aside = join(project.root, 'aside');

        const receipt = await applyWhile(
          step,
          async () => {
            await rename(at(folder), aside);
            await symlink(outside, at(folder));
          },
          { build: FAILING_BUILD },
        );

        expect(receipt.outcome).toBe('rolled_back');
        expect(await snapshotTree(outside)).toEqual(before);
        expect(await textOf('top.txt')).toBe('old top');
        if (step === 'flip.done')
          expect(receipt.reason).toMatch(/Not brought back.*a\/b\/deep\.txt/);
      },
    );
  });

  it.each(['a', 'a/b'])(
    'the folder %s that becomes a file is left to whoever made it so',
    async (folder) => {
      const aside = join(project.root, 'aside');

      const receipt = await applyWhile('flip.temporary', async () => {
        await rename(at(folder), aside);
        await writeFile(at(folder), 'a file');
      });

      expect(receipt.outcome).toBe('rolled_back');
      expect([await textOf(folder), await textOf('top.txt')]).toEqual(['a file', 'old top']);
    },
  );

  it('a folder that is swapped for another folder leaves both whole', async () => {
    const aside = join(project.root, 'aside');

    const receipt = await applyWhile('flip.temporary', async () => {
      await rename(at('a'), aside);
      await mkdir(at('a/b'), { recursive: true });
      await writeFile(at('a/b/deep.txt'), 'of the other folder');
    });

    expect(receipt.outcome).toBe('rolled_back');
    expect(await textOf('a/b/deep.txt')).toBe('of the other folder');
    expect(await readFile(join(aside, 'b/deep.txt'), 'utf8')).toBe('old deep');
  });
});

describe('while a change set is undone', () => {
  const failing = { build: FAILING_BUILD };

  it('a file that was edited since is kept as a copy, and the old one is back', async () => {
    const before = await snapshotTree(project.directory);

    const receipt = await applyWhile(
      'undo.stopped',
      () => writeFile(at('a/b/deep.txt'), 'by hand'),
      failing,
    );

    expect(receipt.reason).toMatch(/Edited meanwhile, a copy is kept: a\/b\/deep\.txt/);
    expect(await snapshotTree(project.directory)).toEqual(before);
    const kept = join(project.state, 'kept', receipt.id, '1-deep.txt');
    expect(await readFile(kept, 'utf8')).toBe('by hand');
  });

  it('a file that was deleted since is back', async () => {
    const before = await snapshotTree(project.directory);

    await applyWhile(
      'undo.stopped',
      () => rm(dirname(at('a/b/deep.txt')), { recursive: true }),
      failing,
    );

    expect(await snapshotTree(project.directory)).toEqual(before);
  });

  it('a folder in the place of a file stays, is told of, and the others are back', async () => {
    const receipt = await applyWhile(
      'undo.stopped',
      async () => {
        await rm(at('a/b/deep.txt'));
        await mkdir(at('a/b/deep.txt'));
      },
      failing,
    );

    expect(receipt.reason).toMatch(/Not brought back, since something else is there: a\/b\/deep/);
    expect([await textOf('top.txt'), await textOf('a/gone.txt')]).toEqual(['old top', 'old gone']);
  });

  it('what somebody put into a folder that the change made stays there', async () => {
    await applyWhile('undo.stopped', () => writeFile(at('a/b/made/mine.txt'), 'mine'), failing);

    expect(await readdir(at('a/b/made'))).toEqual(['mine.txt']);
  });

  it('an undo copy that was damaged is never put in place', async () => {
    const { apply, engine, logs } = await createFileEngine(project, async (name) => {
      if (name !== 'undo.stopped') return;
      const copies = join(project.state, 'stage/before');
      const text = await readFile(copies, 'utf8');
      await writeFile(copies, text.replace('old deep', 'damaged!'));
    });

    await expect(apply({ edits: EDITS, ...failing })).rejects.toThrow(
      "The staged copy of 'a/b/deep.txt' is damaged",
    );

    expect([await textOf('top.txt'), await textOf('a/b/deep.txt')]).toEqual([
      'old top',
      'new deep',
    ]);
    await expect.poll(() => logs.join('\n')).toContain('cannot be undone yet');
    expect(engine.isBusy).toBe(true);
    await engine.close();
  });
});

describe('at the start', () => {
  it('a damaged journal is set aside, said aloud, and the next change set is made', async () => {
    await createFileEngine(project);
    await writeFile(join(project.state, 'journal.json'), '{"state":"prep');

    const { apply, logs } = await createFileEngine(project);

    expect(logs.join('\n')).toContain('is damaged, so nothing was undone');
    expect(await readFile(join(project.state, 'journal.json.damaged'), 'utf8')).toMatch(/prep$/);
    expect(await apply({ edits: EDITS })).toMatchObject({ outcome: 'committed' });
  });

  it('a damaged last receipt and left-over staged files are no obstacle', async () => {
    await createFileEngine(project);
    await writeFile(join(project.state, 'last-receipt.json'), 'x');
    await writeFile(join(project.state, 'stage', 'junk'), 'x');

    const { apply } = await createFileEngine(project);

    expect(await apply({ edits: EDITS })).toMatchObject({ outcome: 'committed' });
  });
});
