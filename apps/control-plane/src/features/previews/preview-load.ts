import type { Clock } from '../../lib/clock.ts';
import { createRequestLimit } from '../../lib/request-limit.ts';

export interface PreviewLimits {
  /** Requests and WebSockets of a workspace's apps at the same time. */
  readonly open: number;
  /** Undefined: as many as there is room for. */
  readonly perMinute: number | undefined;
}

/** createPreviewLoad keeps one app's visitors from taking this process away from everybody else. */
export function createPreviewLoad(limits: PreviewLimits, clock: Pick<Clock, 'monotonicMs'>) {
  const perMinute = limits.perMinute && createRequestLimit(limits.perMinute, clock);
  const open = new Map<string, number>();

  return {
    /** False: it is one too many. Otherwise it counts until it leaves. */
    enter(workspaceId: string): boolean {
      const before = open.get(workspaceId) ?? 0;
      if (before >= limits.open || (perMinute && perMinute.count(workspaceId).isOver)) return false;
      open.set(workspaceId, before + 1);
      return true;
    },
    leave(workspaceId: string): void {
      const left = (open.get(workspaceId) ?? 1) - 1;
      if (left === 0) open.delete(workspaceId);
      else open.set(workspaceId, left);
    },
  };
}
