import { APP_MANIFEST_FILE, AppManifestSchema } from '@spt-flow/shared/domain/app-manifest';
import { collisionKey } from './guards.ts';
import { ToolError } from './tool-error.ts';

const LocksSchema = AppManifestSchema.pick({ locked: true });

/** lockedPaths are the files and folders that only people change, as the manifest names them. */
function lockedPaths(manifest: string | null): readonly string[] {
  if (manifest === null) return [];
  try {
    return LocksSchema.parse(JSON.parse(manifest)).locked ?? [];
  } catch {
    // The change set reports a manifest that cannot be read; nothing is locked by it.
    return [];
  }
}

/** A folder ends with a slash and locks everything below it; case does not matter, as on some disks. */
function isLocked(path: string, locked: string): boolean {
  const [key, lock] = [collisionKey(path), collisionKey(locked)];
  return lock.endsWith('/') ? key.startsWith(lock) : key === lock;
}

export interface LockedChange {
  readonly path: string;
  /** The manifest as it is on the machine: a turn cannot unlock what it wants to change. */
  readonly manifest: string | null;
  /** The new text; null deletes. */
  readonly after: string | null;
}

/** checkLocks refuses to change what a person locked, and the list of locks itself. */
export function checkLocks({ path, manifest, after }: LockedChange): void {
  const locked = lockedPaths(manifest);
  if (locked.some((each) => isLocked(path, each)))
    throw new ToolError(`"${path}" is locked by a person. Leave it as it is.`);
  if (path !== APP_MANIFEST_FILE || locked.length === 0) return;
  if (JSON.stringify(lockedPaths(after)) !== JSON.stringify(locked))
    throw new ToolError('Only people lock and unlock files: keep "locked" as it is.');
}
