import { mkdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../system/durable-file.ts';
import { withNearestDirectory, type ConfinedDirectory } from '../system/confined-directory.ts';
import { AgentError } from '../system/errors.ts';
import { inParallel } from '../system/in-parallel.ts';
import { groupNeighbours } from '../system/neighbours.ts';
import { ChangeSetFailure } from './failure.ts';
import { inspectFile, type Target, type TargetFile } from './file-content.ts';
import type { JournalEntry } from './journal.ts';
import type { StagedEdit } from './manifest.ts';

const NEW_FILE_MODE = 0o644;
const OWNER_RUNS = 0o100;
const ALL_RUN = 0o111;
const ALL_READ = 0o444;
const SETUID_OR_SETGID = 0o6000;
const SPARE_BYTES = 1024 * 1024;
/** Several files reach the disk in the time of one. */
export const WALKS_AT_ONCE = 8;

export interface ChangeSetPlaces {
  readonly projectDirectory: string;
  readonly stageDirectory: string;
}

/** Checks what each edit expects, copies the old contents into the stage and describes how to undo. */
export async function prepareEntries(
  edits: readonly StagedEdit[],
  places: ChangeSetPlaces,
): Promise<JournalEntry[]> {
  await requireProc();
  const undoDirectory = join(places.stageDirectory, 'before');
  await mkdir(undoDirectory);
  const inspected = await inspectTargets(edits, places);
  const device = (await stat(places.projectDirectory)).dev;
  const announced = new Set<string>();
  const entries = edits.map((edit): JournalEntry => {
    const found = inspected.get(edit.index);
    if (!found) throw new Error(`'${edit.path}' was not looked at`);
    refuseUnexpected(edit, found, device);
    const { target, missing } = found;
    const old = target === 'missing' ? null : describeOld(target);
    const createdDirectories = missing.filter((folder) => !announced.has(folder));
    for (const folder of createdDirectories) announced.add(folder);
    const mode = modeOf(old?.mode ?? NEW_FILE_MODE, edit.executable);
    const after = edit.after === null ? null : { sha256: edit.after, mode };
    return { index: edit.index, path: edit.path, old, after, createdDirectories };
  });
  await syncDirectory(undoDirectory);
  await syncDirectory(places.stageDirectory);
  const sizes = [...inspected.values()].map(({ target }) =>
    target === 'missing' ? 0 : target.sizeBytes,
  );
  await requireSpace(edits, Math.max(0, ...sizes), places.projectDirectory);
  return entries;
}

/** Without it no directory could be entered safely. */
async function requireProc(): Promise<void> {
  try {
    await stat('/proc/self/fd');
  } catch (cause) {
    throw new ChangeSetFailure('check', 'The file system /proc is not mounted', { cause });
  }
}

interface Inspected {
  readonly target: Exclude<Target, 'other'>;
  /** Parent directories that do not exist, outermost first. */
  readonly missing: string[];
  /** Where the innermost parent that exists lies. */
  readonly parentDevice: number;
}

/** Looks at all targets, and copies those that exist into the stage. */
async function inspectTargets(
  edits: readonly StagedEdit[],
  places: ChangeSetPlaces,
): Promise<Map<number, Inspected>> {
  const inspected = new Map<number, Inspected>();
  await inParallel(groupNeighbours(edits), WALKS_AT_ONCE, async ({ parents, items }) => {
    await enterNearest(places.projectDirectory, parents, async (directory, depth) => {
      const parentDevice = (await stat(directory.at('.'))).dev;
      const missing = pathsBelow(parents, depth);
      for (const { item, name } of items) {
        const undoPath = join(places.stageDirectory, 'before', String(item.index));
        const target =
          missing.length > 0 ? 'missing' : await inspectFile(directory.at(name), undoPath);
        if (target === 'other') throw refusal(item, 'is not a regular file');
        inspected.set(item.index, { target, missing, parentDevice });
      }
    });
  });
  return inspected;
}

async function enterNearest(
  root: string,
  parents: readonly string[],
  use: (directory: ConfinedDirectory, depth: number) => Promise<void>,
): Promise<void> {
  try {
    await withNearestDirectory(root, parents, use);
  } catch (cause) {
    if (!(cause instanceof AgentError)) throw cause;
    throw new ChangeSetFailure('check', `'${parents.join('/')}': ${cause.message}`, { cause });
  }
}

function pathsBelow(parents: readonly string[], depth: number): string[] {
  return parents.slice(depth).map((_, index) => parents.slice(0, depth + index + 1).join('/'));
}

function refuseUnexpected(
  edit: StagedEdit,
  { target, parentDevice }: Inspected,
  device: number,
): void {
  if (parentDevice !== device || (target !== 'missing' && target.device !== device))
    throw refusal(edit, 'lies on another file system');
  if (target === 'missing') {
    if (edit.before || edit.after === null) throw refusal(edit, 'does not exist');
    return;
  }
  if (edit.before === null) throw refusal(edit, 'exists already');
  if (edit.before !== undefined && edit.before !== target.sha256)
    throw refusal(edit, 'was changed by somebody else meanwhile');
  if (target.links > 1) throw refusal(edit, 'has more than one name (hard link)');
  if ((target.mode & SETUID_OR_SETGID) !== 0) throw refusal(edit, 'is a setuid or setgid program');
}

/** Whoever may read a file that may be run may run it. */
function modeOf(mode: number, executable: boolean | undefined): number {
  if (executable === undefined || executable === ((mode & OWNER_RUNS) !== 0)) return mode;
  return executable ? mode | ((mode & ALL_READ) >> 2) | OWNER_RUNS : mode & ~ALL_RUN;
}

function refusal(edit: StagedEdit, reason: string): ChangeSetFailure {
  return new ChangeSetFailure('check', `'${edit.path}' ${reason}`);
}

function describeOld({ sha256, mode, uid, gid }: TargetFile): NonNullable<JournalEntry['old']> {
  return { sha256, mode, uid, gid };
}

/** Room for all new files and, should they be undone, one old file beside them. */
async function requireSpace(
  edits: readonly StagedEdit[],
  largestOldBytes: number,
  directory: string,
): Promise<void> {
  const neededBytes =
    edits.reduce((sum, edit) => sum + edit.sizeBytes, 0) + largestOldBytes + SPARE_BYTES;
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize >= neededBytes) return;
  throw new ChangeSetFailure(
    'check',
    `The disk is too full: ${Math.ceil(neededBytes / 1024)} KiB are needed`,
  );
}
