import type { Edit } from '@spt-flow/shared/api/change-sets';
import { APP_MANIFEST_FILE } from '@spt-flow/shared/domain/app-manifest';
import {
  checkContent,
  checkPath,
  collisionKey,
  ignoredFolders,
  isReadable,
  topOf,
} from './guards.ts';
import { checkLocks } from './locks.ts';
import type { ProjectFiles } from './project-files.ts';
import { ToolError } from './tool-error.ts';

const MAX_CHANGED_FILES = 200;

/**
 * Overlay holds the changes of a turn in memory, over the files as they are.
 * INVARIANT: nothing reaches the disk before the whole turn is applied as one change set.
 */
export interface Overlay {
  list(): Promise<string[]>;
  read(path: string): Promise<string | null>;
  write(path: string, text: string, shrinkReason?: string): Promise<'created' | 'updated'>;
  remove(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  edits(): Promise<Edit[]>;
}

export function createOverlay(files: ProjectFiles): Overlay {
  /** Null marks a deleted file. */
  const changed = new Map<string, string | null>();
  const originals = new Map<string, string | null>();
  let paths: readonly string[] | undefined;

  /** Asked once: the machine may be far away, and its files stay as they are until the turn is applied. */
  async function originalPaths(): Promise<readonly string[]> {
    paths ??= (await files.list()).map((file) => file.path);
    return paths;
  }

  async function original(path: string): Promise<string | null> {
    const known = originals.get(path);
    if (known !== undefined) return known;
    const text = await files.read(path);
    originals.set(path, text);
    return text;
  }

  async function read(path: string): Promise<string | null> {
    checkPath(path);
    if (!isReadable(path)) throw new ToolError(`"${path}" holds secrets and is not shown.`);
    const ignored = ignoredFolders(await original('.gitignore'));
    if (path.includes('/') && ignored.has(topOf(path))) {
      throw new ToolError(
        `"${topOf(path)}/" holds what the app made or people entered; it cannot be read or changed here.`,
      );
    }
    const text = changed.get(path);
    return text === undefined ? original(path) : text;
  }

  async function checkUnlocked(path: string, after: string | null): Promise<void> {
    checkLocks({ path, after, manifest: await original(APP_MANIFEST_FILE) });
  }

  async function list(): Promise<string[]> {
    const current = new Set(await originalPaths());
    for (const [path, text] of changed) {
      if (text === null) current.delete(path);
      else current.add(path);
    }
    const ignored = ignoredFolders(await original('.gitignore'));
    return [...current]
      .filter((path) => isReadable(path) && !(path.includes('/') && ignored.has(topOf(path))))
      .sort();
  }

  async function checkCollision(path: string, renamedFrom?: string): Promise<void> {
    const key = collisionKey(path);
    const other = (await list()).find(
      (entry) => entry !== path && entry !== renamedFrom && collisionKey(entry) === key,
    );
    if (other)
      throw new ToolError(`"${path}" differs from "${other}" only in letter case. Use "${other}".`);
  }

  async function write(
    path: string,
    text: string,
    shrinkReason?: string,
  ): Promise<'created' | 'updated'> {
    const before = await read(path);
    if (before === text) throw new ToolError(`"${path}" has exactly this content already.`);
    await checkUnlocked(path, text);
    checkContent({ path, before, after: text, shrinkReason });
    if (before === null) await checkCollision(path);
    if (!changed.has(path) && changed.size >= MAX_CHANGED_FILES) {
      throw new ToolError(
        `One turn can change at most ${MAX_CHANGED_FILES} files. Finish with what you have.`,
      );
    }
    changed.set(path, text);
    return before === null ? 'created' : 'updated';
  }

  async function remove(path: string): Promise<void> {
    if ((await read(path)) === null) throw new ToolError(`"${path}" does not exist.`);
    await checkUnlocked(path, null);
    changed.set(path, null);
  }

  async function rename(from: string, to: string): Promise<void> {
    const text = await read(from);
    if (text === null) throw new ToolError(`"${from}" does not exist.`);
    if ((await read(to)) !== null) throw new ToolError(`"${to}" exists already.`);
    await checkUnlocked(from, null);
    await checkUnlocked(to, text);
    await checkCollision(to, from);
    changed.set(from, null);
    changed.set(to, text);
  }

  async function edits(): Promise<Edit[]> {
    const result: Edit[] = [];
    for (const [path, text] of [...changed].sort(([left], [right]) => (left < right ? -1 : 1))) {
      const before = await original(path);
      if (text === before) continue;
      result.push(text === null ? { action: 'delete', path } : { action: 'write', path, text });
    }
    return result;
  }

  return { list, read, write, remove, rename, edits };
}
