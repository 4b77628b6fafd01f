import { SIZE_LIMITS, WorkspaceSettingsSchema } from '@spt-flow/shared/domain/workspace-settings';
import type { WorkspaceRow } from '../workspaces-repository.ts';

const GIB = 1024 ** 3;
/** Of what the size permits: beyond it a workspace is stopped. */
const STOP_SHARE = 1.2;
/** Beyond it nobody can wait for it to be tidied up. */
const RUNAWAY_SHARE = 2;

/** DiskUse is what a workspace takes on the disk of its engine, and what its size permits. */
export interface DiskUse {
  readonly usedBytes: number;
  readonly limitBytes: number;
}

/** diskUseOf is null where nothing was measured, or nothing limits it. */
export function diskUseOf(
  workspace: Pick<WorkspaceRow, 'settings'>,
  usedBytes: number | null | undefined,
): DiskUse | null {
  if (usedBytes == null) return null;
  const { size } = WorkspaceSettingsSchema.parse(workspace.settings);
  return { usedBytes, limitBytes: SIZE_LIMITS[size].diskBytes };
}

/** diskLevelOf says how far a workspace is beyond its limit: `over` is told, `full` stopped, `runaway` soon. */
export function diskLevelOf(use: DiskUse | null): 'ok' | 'over' | 'full' | 'runaway' {
  if (!use || use.usedBytes <= use.limitBytes) return 'ok';
  const share = use.usedBytes / use.limitBytes;
  if (share <= STOP_SHARE) return 'over';
  return share <= RUNAWAY_SHARE ? 'full' : 'runaway';
}

/** diskWords says what is wrong, and what to do; undefined: nothing is. */
export function diskWords(use: DiskUse | null): string | undefined {
  if (!use || diskLevelOf(use) === 'ok') return undefined;
  const { usedBytes, limitBytes } = use;
  const limits = `its size permits ${gib(limitBytes)}, and beyond ${gib(limitBytes * STOP_SHARE)} it is stopped`;
  return `It takes ${gib(usedBytes)} of disk: ${limits}. Remove files, or choose a larger size`;
}

function gib(bytes: number): string {
  return `${Math.round((bytes / GIB) * 10) / 10} GiB`;
}
