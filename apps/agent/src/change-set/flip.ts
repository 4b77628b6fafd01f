import { constants } from 'node:fs';
import { open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  syncParents,
  withDirectory,
  withMadeDirectory,
  type ConfinedDirectory,
} from '../system/confined-directory.ts';
import { systemCode } from '../system/errors.ts';
import { inParallel } from '../system/in-parallel.ts';
import { groupNeighbours } from '../system/neighbours.ts';
import { ChangeSetFailure, EditedMeanwhileError } from './failure.ts';
import { inspectFile, readThrough } from './file-content.ts';
import type { JournalEntry } from './journal.ts';
import { WALKS_AT_ONCE, type ChangeSetPlaces } from './prepare.ts';
import type { StepPoint } from './step-point.ts';

const EXCLUSIVE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

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
  await inParallel(groupNeighbours(written), WALKS_AT_ONCE, ({ parents, items }) =>
    withMadeDirectory(places.projectDirectory, parents, async (directory) => {
      for (const { item } of items) {
        const to = directory.at(temporaryNameOf(changeSetId, item.index));
        await writeBeside({ path: item.path, to }, newContentOf(item, places));
        await step('flip.temporary');
      }
    }),
  );
}

function newContentOf({ index, after, old }: JournalEntry, places: ChangeSetPlaces): Content {
  if (after === null) throw new Error('A deleted file has no content');
  const from = join(places.stageDirectory, 'after', String(index));
  return { from, ...after, ...(old && { owner: old }) };
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
        await (item.after ? rename(temporary, directory.at(name)) : unlink(directory.at(name)));
        await step('flip.renamed');
      }
    });
  }
  await syncParents(
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

export interface Content {
  readonly from: string;
  /** What it must hash to; a damaged copy is never put in place. */
  readonly sha256: string;
  readonly mode: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** Makes a new file with a content, its mode and its owner, on the disk before anybody relies on it. */
export async function writeBeside(
  { path, to }: { path: string; to: string },
  content: Content,
): Promise<void> {
  const source = await open(content.from, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const target = await open(to, EXCLUSIVE, content.mode);
    try {
      const { sha256 } = await readThrough(source, target);
      if (sha256 !== content.sha256) throw new Error(`The staged copy of '${path}' is damaged`);
      await target.chmod(content.mode);
      if (content.owner) await keepOwner(target, path, content.owner);
      await target.sync();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

interface Ownable {
  stat(): Promise<{ uid: number; gid: number }>;
  chown(uid: number, gid: number): Promise<void>;
}

async function keepOwner(
  target: Ownable,
  path: string,
  owner: { uid: number; gid: number },
): Promise<void> {
  const current = await target.stat();
  if (current.uid === owner.uid && current.gid === owner.gid) return;
  try {
    await target.chown(owner.uid, owner.gid);
  } catch (error) {
    if (systemCode(error) !== 'EPERM') throw error;
    const reason = `'${path}' belongs to somebody else, to whom its new version could not be given`;
    throw new ChangeSetFailure('write', reason, { cause: error });
  }
}
