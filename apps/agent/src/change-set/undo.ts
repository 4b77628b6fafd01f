import { mkdir, open, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  withDirectory,
  withMadeDirectory,
  type ConfinedDirectory,
} from '../system/confined-directory.ts';
import { ignoring } from '../system/errors.ts';
import { parseRelativePath } from '../system/relative-path.ts';
import { inspectFile, readThrough } from './file-content.ts';
import { replaceFile, temporaryNameOf } from './flip.ts';
import type { JournalEntry } from './journal.ts';
import type { ChangeSetPlaces } from './prepare.ts';
import type { StepPoint } from './step-point.ts';

export interface UndoContext extends ChangeSetPlaces {
  readonly changeSetId: string;
  /** Where versions that somebody edited meanwhile are kept. */
  readonly keptDirectory: string;
  readonly step: StepPoint;
}

/**
 * Brings every entry back to its old state, last first. May be killed and repeated at any point.
 * Answers the paths whose content was neither old nor new: a copy of each is kept.
 */
export async function undoEntries(
  entries: readonly JournalEntry[],
  context: UndoContext,
): Promise<string[]> {
  const edited: string[] = [];
  for (const entry of entries.toReversed()) {
    const segments = parseRelativePath(entry.path);
    const name = segments.at(-1) ?? '';
    const undo = (directory: ConfinedDirectory) => undoIn({ directory, name }, entry, context);
    const enter = entry.old === null ? withDirectory : withMadeDirectory;
    // A parent that never came to be means that there is nothing to undo below it.
    const wasEdited = await ignoring(['ENOENT'], () =>
      enter(context.projectDirectory, segments.slice(0, -1), undo),
    );
    if (wasEdited) edited.push(entry.path);
    await context.step('undo.entry');
  }
  for (const entry of entries.toReversed()) await removeCreatedDirectories(entry, context);
  return edited;
}

interface Place {
  readonly directory: ConfinedDirectory;
  readonly name: string;
}

async function undoIn(
  { directory, name }: Place,
  entry: JournalEntry,
  context: UndoContext,
): Promise<boolean> {
  const temporaryName = temporaryNameOf(context.changeSetId, entry.index);
  await ignoring(['ENOENT'], () => unlink(directory.at(temporaryName)));
  const current = await inspectFile(directory.at(name));
  if (current === 'other') return true;
  const currentHash = current === 'missing' ? undefined : current.sha256;
  if (currentHash === entry.old?.sha256) return false;
  const wasEdited = currentHash !== entry.after?.sha256;
  if (wasEdited && currentHash !== undefined) await keepCopy(directory.at(name), entry, context);
  await restore({ directory, name }, entry, context);
  await directory.sync();
  return wasEdited;
}

async function restore(
  { directory, name }: Place,
  entry: JournalEntry,
  context: UndoContext,
): Promise<void> {
  if (entry.old === null) {
    await unlink(directory.at(name));
    await context.step('undo.unlinked');
    return;
  }
  await replaceFile(
    {
      directory,
      name,
      temporaryName: temporaryNameOf(context.changeSetId, entry.index),
      contentPath: join(context.stageDirectory, 'before', String(entry.index)),
      sha256: entry.old.sha256,
      mode: entry.old.mode,
      owner: entry.old,
    },
    () => context.step('undo.temporary'),
  );
  await context.step('undo.renamed');
}

async function keepCopy(path: string, entry: JournalEntry, context: UndoContext): Promise<void> {
  const folder = join(context.keptDirectory, context.changeSetId);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const source = await open(path, 'r');
  try {
    const copy = await open(
      join(folder, `${entry.index}-${(entry.path.split('/').at(-1) ?? '').slice(-64)}`),
      'w',
      0o600,
    );
    try {
      await readThrough(source, copy);
      await copy.sync();
    } finally {
      await copy.close();
    }
  } finally {
    await source.close();
  }
}

async function removeCreatedDirectories(entry: JournalEntry, context: UndoContext): Promise<void> {
  for (const path of entry.createdDirectories.toReversed()) {
    const segments = parseRelativePath(path);
    const name = segments.at(-1) ?? '';
    // Not empty: the build or the app put something there, and it is theirs.
    await ignoring(['ENOENT', 'ENOTEMPTY', 'EEXIST'], () =>
      withDirectory(context.projectDirectory, segments.slice(0, -1), async (directory) => {
        await rmdir(directory.at(name));
        await directory.sync();
      }),
    );
    await context.step('undo.directory');
  }
}
