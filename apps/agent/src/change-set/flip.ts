import { constants } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  withDirectory,
  withMadeDirectory,
  type ConfinedDirectory,
} from '../system/confined-directory.ts';
import { parseRelativePath } from '../system/relative-path.ts';
import { EditedMeanwhileError } from './failure.ts';
import { inspectFile, readThrough } from './file-content.ts';
import type { JournalEntry } from './journal.ts';
import type { ChangeSetPlaces } from './prepare.ts';
import type { StepPoint } from './step-point.ts';

const EXCLUSIVE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** The only place from which files of the project are written: forwards here, backwards in `undo`. */
export interface ReplacementFile {
  readonly directory: ConfinedDirectory;
  readonly name: string;
  readonly temporaryName: string;
  readonly contentPath: string;
  /** What the content must hash to; a damaged copy is never put in place. */
  readonly sha256: string;
  readonly mode: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
}

export function temporaryNameOf(changeSetId: string, index: number): string {
  return `.spt-flow-${changeSetId}-${index}.tmp`;
}

/** Puts one entry's new state in place. */
export async function flipEntry(
  entry: JournalEntry,
  { changeSetId, places, step }: Omit<FlipContext, 'entry'>,
): Promise<void> {
  const segments = parseRelativePath(entry.path);
  const name = segments.at(-1) ?? '';
  const use = (directory: ConfinedDirectory) =>
    flipIn(directory, name, { entry, changeSetId, places, step });
  const enter = entry.after === null ? withDirectory : withMadeDirectory;
  await enter(places.projectDirectory, segments.slice(0, -1), use);
}

interface FlipContext {
  readonly entry: JournalEntry;
  readonly changeSetId: string;
  readonly places: ChangeSetPlaces;
  readonly step: StepPoint;
}

async function flipIn(
  directory: ConfinedDirectory,
  name: string,
  { entry, changeSetId, places, step }: FlipContext,
): Promise<void> {
  await step('flip.directory');
  await requireUnedited(directory.at(name), entry);
  if (entry.after === null) {
    await unlink(directory.at(name));
    await step('flip.unlinked');
  } else {
    await replaceFile(
      {
        directory,
        name,
        temporaryName: temporaryNameOf(changeSetId, entry.index),
        contentPath: join(places.stageDirectory, 'after', String(entry.index)),
        sha256: entry.after.sha256,
        mode: entry.after.mode,
        ...(entry.old ? { owner: entry.old } : {}),
      },
      () => step('flip.temporary'),
    );
    await step('flip.renamed');
  }
  await directory.sync();
}

/** Somebody may have edited the file since its old content was copied. */
async function requireUnedited(path: string, entry: JournalEntry): Promise<void> {
  const current = await inspectFile(path);
  const expected = entry.old?.sha256 ?? 'missing';
  const actual = typeof current === 'string' ? current : current.sha256;
  if (actual !== expected)
    throw new EditedMeanwhileError(
      'write',
      `'${entry.path}' was changed by somebody else meanwhile`,
    );
}

/** Writes beside the target and renames over it: readers see the old or the new file, never a part. */
export async function replaceFile(
  file: ReplacementFile,
  beforeRename: () => Promise<void>,
): Promise<void> {
  const temporaryPath = file.directory.at(file.temporaryName);
  const source = await open(file.contentPath, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const target = await open(temporaryPath, EXCLUSIVE, file.mode);
    try {
      const { sha256 } = await readThrough(source, target);
      if (sha256 !== file.sha256) throw new Error(`The staged copy of '${file.name}' is damaged`);
      await target.chmod(file.mode);
      if (file.owner) await keepOwner(target, file.owner);
      await target.sync();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
  await beforeRename();
  await rename(temporaryPath, file.directory.at(file.name));
}

interface Ownable {
  stat(): Promise<{ uid: number; gid: number }>;
  chown(uid: number, gid: number): Promise<void>;
}

async function keepOwner(target: Ownable, owner: { uid: number; gid: number }): Promise<void> {
  const current = await target.stat();
  if (current.uid !== owner.uid || current.gid !== owner.gid)
    await target.chown(owner.uid, owner.gid);
}
