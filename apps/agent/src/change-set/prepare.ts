import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../system/durable-file.ts';
import { withNearestDirectory, type ConfinedDirectory } from '../system/confined-directory.ts';
import { AgentError } from '../system/errors.ts';
import { platform } from '../system/platform/platform.ts';
import { groupNeighbours } from '../system/neighbours.ts';
import { ChangeSetFailure } from './failure.ts';
import {
  inspectFile,
  syncFile,
  withNewFile,
  type Target,
  type TargetFile,
} from './file-content.ts';
import type { JournalEntry } from './journal.ts';
import type { StagedEdit } from './manifest.ts';

const NEW_FILE_MODE = 0o644;
const OWNER_RUNS = 0o100;
const ALL_RUN = 0o111;
const ALL_READ = 0o444;
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
  await requireConfinement(places.projectDirectory);
  const undo = { path: join(places.stageDirectory, 'before'), mode: 0o600 };
  const inspected = await withNewFile(undo, async (copies) => {
    const found = await inspectTargets(edits, places.projectDirectory, copies);
    await syncFile(copies);
    return found;
  });
  const device = (await stat(places.projectDirectory)).dev;
  const announced = new Set<string>();
  const entries = edits.map((edit): JournalEntry => {
    const found = inspected.get(edit.index);
    if (!found) throw new Error(`'${edit.path}' was not looked at`);
    refuseUnexpected(edit, found, device);
    const { target, missing } = found;
    const old = target === 'missing' ? null : describeOld(target, found.offset);
    const createdDirectories = missing.filter((folder) => !announced.has(folder));
    for (const folder of createdDirectories) announced.add(folder);
    const mode = modeOf(old?.mode ?? NEW_FILE_MODE, edit.executable);
    const { offset, sizeBytes } = edit;
    const after = edit.after === null ? null : { sha256: edit.after, mode, offset, sizeBytes };
    return { index: edit.index, path: edit.path, old, after, createdDirectories };
  });
  await syncDirectory(places.stageDirectory);
  const sizes = [...inspected.values()].map(({ target }) =>
    target === 'missing' ? 0 : target.sizeBytes,
  );
  await requireSpace(edits, Math.max(0, ...sizes), places.projectDirectory);
  return entries;
}

/** Else no directory could be entered safely. */
async function requireConfinement(directory: string): Promise<void> {
  const reason = await platform.files.whyNotBelow(directory);
  if (reason !== undefined) throw new ChangeSetFailure('check', reason);
}

interface Inspected {
  readonly target: Exclude<Target, 'other'>;
  /** Parent directories that do not exist, outermost first. */
  readonly missing: string[];
  /** Where the innermost parent that exists lies. */
  readonly parentDevice: number;
  /** Where in the undo file its bytes are. */
  readonly offset: number;
}

/** Looks at all targets, and appends the bytes of those that exist to the undo file. */
async function inspectTargets(
  edits: readonly StagedEdit[],
  projectDirectory: string,
  copies: number,
): Promise<Map<number, Inspected>> {
  const inspected = new Map<number, Inspected>();
  let offset = 0;
  for (const { parents, items } of groupNeighbours(edits)) {
    await enterNearest(projectDirectory, parents, async (directory, depth) => {
      const parentDevice = (await stat(directory.at('.'))).dev;
      const missing = pathsBelow(parents, depth);
      for (const { item, name } of items) {
        const target =
          missing.length > 0 ? 'missing' : await inspectFile(directory.at(name), copies);
        if (target === 'other') throw refusal(item, 'is not a regular file');
        inspected.set(item.index, { target, missing, parentDevice, offset });
        if (target !== 'missing') offset += target.sizeBytes;
      }
    });
  }
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

function describeOld(
  { sha256, mode, uid, gid, sizeBytes }: TargetFile,
  offset: number,
): NonNullable<JournalEntry['old']> {
  return { sha256, mode, uid, gid, offset, sizeBytes };
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
