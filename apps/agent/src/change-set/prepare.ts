import { mkdir, open, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../system/durable-file.ts';
import { AgentError, systemCode } from '../system/errors.ts';
import { withDirectory } from '../system/confined-directory.ts';
import { parseRelativePath } from '../system/relative-path.ts';
import { ChangeSetFailure } from './failure.ts';
import { inspectFile, type Target, type TargetFile } from './file-content.ts';
import type { JournalEntry } from './journal.ts';
import type { StagedEdit } from './manifest.ts';

const NEW_FILE_MODE = 0o644;
const SETUID_OR_SETGID = 0o6000;
const SPARE_BYTES = 1024 * 1024;

export interface ChangeSetPlaces {
  readonly projectDirectory: string;
  readonly stageDirectory: string;
}

/** Checks what each edit expects, copies the old contents into the stage and describes how to undo. */
export async function prepareEntries(
  edits: readonly StagedEdit[],
  places: ChangeSetPlaces,
): Promise<JournalEntry[]> {
  const undoDirectory = join(places.stageDirectory, 'before');
  await mkdir(undoDirectory);
  const device = (await stat(places.projectDirectory)).dev;
  const announced = new Set<string>();
  const entries: JournalEntry[] = [];
  let largestOldBytes = 0;
  for (const edit of edits) {
    const { target, missing } = await inspectTarget(edit, places);
    refuseUnexpected(edit, target, device);
    const old = target === 'missing' ? null : describeOld(target);
    if (target !== 'missing') largestOldBytes = Math.max(largestOldBytes, target.sizeBytes);
    const createdDirectories = missing.filter((folder) => !announced.has(folder));
    for (const folder of createdDirectories) announced.add(folder);
    const after =
      edit.after === null ? null : { sha256: edit.after, mode: old?.mode ?? NEW_FILE_MODE };
    entries.push({ index: edit.index, path: edit.path, old, after, createdDirectories });
  }
  await syncDirectory(undoDirectory);
  await requireSpace(edits, largestOldBytes, places.projectDirectory);
  return entries;
}

interface Inspected {
  readonly target: Exclude<Target, 'other'>;
  /** Parent directories that do not exist, outermost first. */
  readonly missing: string[];
}

async function inspectTarget(edit: StagedEdit, places: ChangeSetPlaces): Promise<Inspected> {
  const segments = parseRelativePath(edit.path);
  const parents = segments.slice(0, -1);
  const name = segments.at(-1) ?? '';
  const existing = await existingDepth(parents, places.projectDirectory);
  if (existing < parents.length) {
    return {
      target: 'missing',
      missing: parents
        .slice(existing)
        .map((_, index) => parents.slice(0, existing + index + 1).join('/')),
    };
  }
  const undo = await open(join(places.stageDirectory, 'before', String(edit.index)), 'wx', 0o600);
  try {
    const target = await withDirectory(places.projectDirectory, parents, (directory) =>
      inspectFile(directory.at(name), undo),
    );
    await undo.sync();
    if (target === 'other')
      throw new ChangeSetFailure('check', `'${edit.path}' is not a regular file`);
    return { target, missing: [] };
  } finally {
    await undo.close();
  }
}

/** How many of the parents exist as real directories. */
async function existingDepth(parents: readonly string[], root: string): Promise<number> {
  for (let depth = parents.length; depth > 0; depth -= 1) {
    try {
      await withDirectory(root, parents.slice(0, depth), async () => undefined);
      return depth;
    } catch (error) {
      if (error instanceof AgentError)
        throw new ChangeSetFailure('check', `'${parents.join('/')}': ${error.message}`, {
          cause: error,
        });
      if (systemCode(error) !== 'ENOENT') throw error;
    }
  }
  return 0;
}

function refuseUnexpected(edit: StagedEdit, target: TargetFile | 'missing', device: number): void {
  const fail = (reason: string) => new ChangeSetFailure('check', `'${edit.path}' ${reason}`);
  if (target === 'missing') {
    if (edit.before || edit.after === null) throw fail('does not exist');
    return;
  }
  if (edit.before === null) throw fail('exists already');
  if (edit.before !== undefined && edit.before !== target.sha256)
    throw fail('was changed by somebody else meanwhile');
  if (target.links > 1) throw fail('has more than one name (hard link)');
  if (target.device !== device) throw fail('lies on another file system');
  if ((target.mode & SETUID_OR_SETGID) !== 0) throw fail('is a setuid or setgid program');
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
