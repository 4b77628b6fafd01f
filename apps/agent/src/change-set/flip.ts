import { fchmodSync, fchownSync, fstatSync, renameSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  withDirectory,
  withMadeDirectory,
  type ConfinedDirectory,
} from '../system/confined-directory.ts';
import { systemCode } from '../system/errors.ts';
import { groupNeighbours } from '../system/neighbours.ts';
import { ChangeSetFailure, EditedMeanwhileError } from './failure.ts';
import { inspectFile, readThrough, withFile, withNewFile, type Span } from './file-content.ts';
import type { JournalEntry } from './journal.ts';
import type { ChangeSetPlaces } from './prepare.ts';
import type { StepPoint } from './step-point.ts';
import { syncFiles, syncNames } from './sync-files.ts';

export interface FlipContext extends ChangeSetPlaces {
  readonly changeSetId: string;
  readonly step: StepPoint;
}

export function temporaryNameOf(changeSetId: string, index: number): string {
  return `.spt-flow-${changeSetId}-${index}.tmp`;
}

/** Lays all new contents beside their targets, so that putting them in place takes nothing but renames. */
export async function layDown(
  entries: readonly JournalEntry[],
  { changeSetId, step, ...places }: FlipContext,
): Promise<void> {
  const written = entries.filter(({ after }) => after !== null);
  for (const { parents, items } of groupNeighbours(written)) {
    await withMadeDirectory(places.projectDirectory, parents, async (directory) => {
      for (const { item } of items) {
        const to = directory.at(temporaryNameOf(changeSetId, item.index));
        await writeBeside({ path: item.path, to }, newContentOf(item, places));
        await step('flip.temporary');
      }
    });
  }
  await syncFiles(
    places.projectDirectory,
    written.map(({ path, index }) => join(dirname(path), temporaryNameOf(changeSetId, index))),
  );
}

function newContentOf({ after, old }: JournalEntry, places: ChangeSetPlaces): Content {
  if (after === null) throw new Error('A deleted file has no content');
  return { from: join(places.stageDirectory, 'after'), ...after, ...(old && { owner: old }) };
}

/**
 * Puts all entries in place: each by a rename or an unlink, so that readers see the old or the new file, never a part.
 * Throws EditedMeanwhileError with the entry that somebody changed since it was looked at.
 */
export async function putInPlace(
  entries: readonly JournalEntry[],
  { changeSetId, step, ...places }: FlipContext,
): Promise<void> {
  for (const { parents, items } of groupNeighbours(entries)) {
    await withDirectory(places.projectDirectory, parents, async (directory) => {
      for (const { item, name } of items) {
        await step('flip.directory');
        await requireUnedited(directory, name, item);
        const temporary = directory.at(temporaryNameOf(changeSetId, item.index));
        if (item.after) renameSync(temporary, directory.at(name));
        else unlinkSync(directory.at(name));
        await step('flip.renamed');
      }
    });
  }
  await syncNames(
    places.projectDirectory,
    entries.map(({ path }) => path),
  );
}

async function requireUnedited(
  directory: ConfinedDirectory,
  name: string,
  entry: JournalEntry,
): Promise<void> {
  const current = await inspectFile(directory.at(name));
  const expected = entry.old?.sha256 ?? 'missing';
  const actual = typeof current === 'string' ? current : current.sha256;
  if (actual !== expected) throw new EditedMeanwhileError(entry);
}

export interface Content extends Omit<Span, 'file'> {
  readonly from: string;
  /** What it must hash to; a damaged copy is never put in place. */
  readonly sha256: string;
  readonly mode: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** Makes a new file with a content, its mode and its owner; it is not on the disk yet. */
export async function writeBeside(
  { path, to }: { path: string; to: string },
  content: Content,
): Promise<void> {
  await withFile(content.from, (source) =>
    withNewFile({ path: to, mode: content.mode }, async (target) => {
      const { sha256 } = await readThrough({ ...content, file: source }, target);
      if (sha256 !== content.sha256) throw new Error(`The staged copy of '${path}' is damaged`);
      fchmodSync(target, content.mode);
      if (content.owner) keepOwner(target, path, content.owner);
    }),
  );
}

function keepOwner(target: number, path: string, owner: { uid: number; gid: number }): void {
  const current = fstatSync(target);
  if (current.uid === owner.uid && current.gid === owner.gid) return;
  try {
    fchownSync(target, owner.uid, owner.gid);
  } catch (error) {
    if (systemCode(error) !== 'EPERM') throw error;
    const reason = `'${path}' belongs to somebody else, to whom its new version could not be given`;
    throw new ChangeSetFailure('write', reason, { cause: error });
  }
}
