import type { Clock } from '../../lib/clock.ts';
import { diskLevelOf, diskUseOf, diskWords } from '../workspaces/index.ts';
import type { DiskRepository, MeasuredWorkspace } from './disk-repository.ts';

const INTERVAL_MS = 60_000;
/** Counting files may take this part of the time. */
const SHARE = 1 / 10;

export interface DiskWatchDeps {
  readonly repository: DiskRepository;
  readonly measure: () => Promise<ReadonlyMap<string, number>>;
  readonly onWorkspaceChanged: (workspaceId: string) => Promise<void>;
  readonly log: (
    workspace: Pick<MeasuredWorkspace, 'id' | 'organizationId'>,
    text: string,
  ) => Promise<void>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly onError: (error: unknown) => void;
}

/**
 * createDiskWatch returns what measures the disks of workspaces when it is time to, the more seldom the longer it takes,
 * and tells of those that go beyond their limit, or come back.
 */
export function createDiskWatch(deps: DiskWatchDeps): () => Promise<void> {
  const { repository, clock } = deps;
  let isMeasuring = false;
  let nextMs = 0;

  async function tell(workspace: MeasuredWorkspace, usedBytes: number): Promise<void> {
    const now = diskUseOf(workspace, usedBytes);
    if (diskLevelOf(now) === diskLevelOf(diskUseOf(workspace, workspace.diskBytes))) return;
    await deps.onWorkspaceChanged(workspace.id);
    await deps.log(workspace, diskWords(now) ?? 'Its disk is within its limit again');
  }

  async function measure(): Promise<void> {
    const used = await deps.measure();
    if (used.size === 0) return;
    const workspaces = await repository.known([...used.keys()]);
    await repository.record(used);
    for (const workspace of workspaces) await tell(workspace, used.get(workspace.id) ?? 0);
  }

  return async () => {
    if (isMeasuring || clock.monotonicMs() < nextMs) return;
    isMeasuring = true;
    const startedMs = clock.monotonicMs();
    await measure().catch(deps.onError);
    const endedMs = clock.monotonicMs();
    nextMs = Math.max(startedMs + INTERVAL_MS, endedMs + (endedMs - startedMs) / SHARE);
    isMeasuring = false;
  };
}
