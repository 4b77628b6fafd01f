import { chmod, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChangeSetRequest } from '@spt-flow/shared/agent-protocol/change-set';
import { createFileEngine, haltingAt } from '../support/file-engine.ts';
import { createProject, writeEdit, type Project } from '../support/project.ts';
import { snapshotTree } from '../support/tree.ts';

let project: Project;

beforeEach(async () => {
  project = await createProject({ 'a.txt': 'a', 'run.sh': 'echo' });
  await chmod(join(project.directory, 'a.txt'), 0o640);
});
afterEach(() => rm(project.root, { recursive: true, force: true }));

function modeEdit(path: string, content: string, executable: boolean) {
  return { ...writeEdit(path, content), executable };
}

const EDITS: ChangeSetRequest['edits'] = [
  modeEdit('a.txt', 'a', true),
  modeEdit('run.sh', 'echo', false),
  modeEdit('new.sh', 'echo new', true),
];

async function modeOf(path: string): Promise<string> {
  return ((await stat(join(project.directory, path))).mode & 0o7777).toString(8);
}

describe('a change set that says what may be run', () => {
  it('gives that to whoever may read, and takes it from everybody', async () => {
    const { apply } = await createFileEngine(project);

    expect(await apply({ edits: EDITS })).toMatchObject({ outcome: 'committed' });

    expect(await modeOf('a.txt')).toBe('750');
    expect(await modeOf('run.sh')).toBe('644');
    expect(await modeOf('new.sh')).toBe('755');
  });

  it('and fails brings the modes back, although no content changed', async () => {
    const old = await snapshotTree(project.directory);
    const { apply } = await createFileEngine(project);

    const build = { command: 'exit 1', timeoutMs: 60_000 };
    expect(await apply({ edits: EDITS, build })).toMatchObject({ outcome: 'rolled_back' });

    expect(await snapshotTree(project.directory)).toEqual(old);
  });

  it('halted at any step leaves the old or the new modes, all of them', async () => {
    const old = await snapshotTree(project.directory);
    const { apply } = await createFileEngine(project);
    await apply({ edits: EDITS });
    const final = await snapshotTree(project.directory);
    const seen = new Set<string>();

    for (let at = 1, isOver = false; !isOver; at += 1) {
      await rm(project.root, { recursive: true });
      project = await createProject({ 'a.txt': 'a', 'run.sh': 'echo' });
      await chmod(join(project.directory, 'a.txt'), 0o640);
      const { step, halt } = haltingAt(at);
      const { apply: applyHalting } = await createFileEngine(project, step);
      isOver = (await Promise.race([applyHalting({ edits: EDITS }), halt])) !== 'halted';
      if (!isOver) await createFileEngine(project);
      const tree = await snapshotTree(project.directory);
      expect([old, final]).toContainEqual(tree);
      seen.add(await modeOf('a.txt'));
    }

    expect([...seen].sort()).toEqual(['640', '750']);
  });
});
