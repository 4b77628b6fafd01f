import { mkdir, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  withDirectory,
  withMadeDirectory,
  type ConfinedDirectory,
} from '../system/confined-directory.ts';
import { ignoring, systemCode } from '../system/errors.ts';
import { groupNeighbours, type Neighbours } from '../system/neighbours.ts';
import { parseRelativePath } from '../system/relative-path.ts';
import {
  inspectFile,
  readThrough,
  syncFile,
  withFile,
  withNewFile,
  type Target,
} from './file-content.ts';
import { temporaryNameOf, writeBeside } from './flip.ts';
import type { JournalEntry } from './journal.ts';
import type { ChangeSetPlaces } from './prepare.ts';
import type { StepPoint } from './step-point.ts';
import { syncFiles, syncNames } from './sync-files.ts';

export interface UndoContext extends ChangeSetPlaces {
  readonly changeSetId: string;
  /** Where versions that somebody edited meanwhile are kept. */
  readonly keptDirectory: string;
  readonly step: StepPoint;
  /** Index of the entry that somebody edited before its turn came: it is left as it is. */
  readonly spared?: number | undefined;
}

/** What undoing met that was neither old nor new. */
export interface Undone {
  /** Paths whose content somebody edited; a copy of each is kept. */
  readonly edited: string[];
  /** Paths where something else is now, such as a folder or a link: left as they are. */
  readonly blocked: string[];
}

/** Gone already, or not empty: the build or the app put something there, and it is theirs. Or it is no directory. */
const REASONS_TO_STAY = ['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'path_not_permitted'];

type Finding = 'fine' | 'edited' | 'blocked';

/**
 * Brings every entry back to its old state, last first. May be killed and repeated at any point. What cannot be
 * brought back does not keep the others from it; the first reason is thrown at the end.
 */
export async function undoEntries(
  entries: readonly JournalEntry[],
  context: UndoContext,
): Promise<Undone> {
  const undone: Undone = { edited: [], blocked: [] };
  const failures: unknown[] = [];
  for (const neighbours of groupNeighbours(entries.toReversed())) {
    await undoNeighbours(neighbours, undone, context).catch((error: unknown) =>
      failures.push(error),
    );
  }
  if (failures.length > 0) throw failures[0];
  // In place before they are on the disk: until then the journal lasts, and undoing begins anew.
  await syncFiles(
    context.projectDirectory,
    entries.filter(({ old }) => old).map(({ path }) => path),
  );
  for (const entry of entries.toReversed()) await removeCreatedDirectories(entry, context);
  const touched = entries.flatMap(({ path, createdDirectories }) => [path, ...createdDirectories]);
  await syncNames(context.projectDirectory, touched);
  return undone;
}

async function undoNeighbours(
  { parents, items }: Neighbours<JournalEntry>,
  undone: Undone,
  context: UndoContext,
): Promise<void> {
  const enter = items.some(({ item }) => item.old) ? withMadeDirectory : withDirectory;
  const failures: unknown[] = [];
  async function undoAll(directory: ConfinedDirectory): Promise<void> {
    for (const { item, name } of items) {
      const finding = await undoIn({ directory, name }, item, context).catch((error: unknown) => {
        failures.push(error);
        return 'fine' as const;
      });
      if (finding !== 'fine') undone[finding].push(item.path);
      await context.step('undo.entry');
    }
  }
  try {
    await enter(context.projectDirectory, parents, undoAll);
  } catch (error) {
    // A parent that never came to be means that there is nothing to undo below it.
    if (systemCode(error) === 'ENOENT') return;
    if (systemCode(error) !== 'path_not_permitted') throw error;
    // A folder on the way is something else by now, perhaps a link that leads out.
    undone.blocked.push(...items.map(({ item }) => item.path));
  }
  if (failures.length > 0) throw failures[0];
}

interface Place {
  readonly directory: ConfinedDirectory;
  readonly name: string;
}

async function undoIn(
  { directory, name }: Place,
  entry: JournalEntry,
  context: UndoContext,
): Promise<Finding> {
  const temporaryName = temporaryNameOf(context.changeSetId, entry.index);
  await ignoring(['ENOENT'], () => unlink(directory.at(temporaryName)));
  if (context.spared === entry.index) return 'fine';
  const current = await inspectFile(directory.at(name));
  if (current === 'other') return 'blocked';
  const currentHash = current === 'missing' ? undefined : current.sha256;
  if (currentHash === entry.old?.sha256 && !hasNewMode(current, entry)) return 'fine';
  const wasEdited = currentHash !== undefined && currentHash !== entry.after?.sha256;
  if (wasEdited) await keepCopy(directory.at(name), entry, context);
  await restore({ directory, name }, entry, context);
  return wasEdited ? 'edited' : 'fine';
}

/** An entry may change nothing but the mode. */
function hasNewMode(current: Exclude<Target, 'other'>, { old, after }: JournalEntry): boolean {
  return (
    current !== 'missing' && old?.mode !== after?.mode && current.mode === (after?.mode ?? null)
  );
}

async function restore(
  { directory, name }: Place,
  { path, old, index }: JournalEntry,
  context: UndoContext,
): Promise<void> {
  if (old === null) {
    await unlink(directory.at(name));
    await context.step('undo.unlinked');
    return;
  }
  const temporary = directory.at(temporaryNameOf(context.changeSetId, index));
  const from = join(context.stageDirectory, 'before');
  await writeBeside({ path, to: temporary }, { from, ...old, owner: old });
  await context.step('undo.temporary');
  await rename(temporary, directory.at(name));
  await context.step('undo.renamed');
}

async function keepCopy(path: string, entry: JournalEntry, context: UndoContext): Promise<void> {
  const folder = join(context.keptDirectory, context.changeSetId);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = (entry.path.split('/').at(-1) ?? '').slice(-64);
  const copyPath = join(folder, `${entry.index}-${name}`);
  await rm(copyPath, { force: true });
  await withFile(path, (file) =>
    withNewFile({ path: copyPath, mode: 0o600 }, async (copy) => {
      await readThrough({ file }, copy);
      await syncFile(copy);
    }),
  );
}

async function removeCreatedDirectories(entry: JournalEntry, context: UndoContext): Promise<void> {
  for (const path of entry.createdDirectories.toReversed()) {
    const segments = parseRelativePath(path);
    const name = segments.at(-1) ?? '';
    await ignoring(REASONS_TO_STAY, () =>
      withDirectory(context.projectDirectory, segments.slice(0, -1), (directory) =>
        rmdir(directory.at(name)),
      ),
    );
    await context.step('undo.directory');
  }
}
