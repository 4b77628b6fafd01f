import type { AgentHub } from '../../agents/index.ts';

/** A network that is away this long does not come back by itself: the workspace is started again. */
const ABSENCE_LIMIT_MS = 60_000;

export interface AbsenceWatch {
  close(): void;
}

/** watchAbsence ends workspaces whose agent runs but does not connect; the reconciler then starts them again. */
export function watchAbsence(deps: {
  readonly hub: Pick<AgentHub, 'onPresence'>;
  readonly endWorkspace: (workspaceId: string) => Promise<void>;
  readonly onError: (error: unknown, workspaceId: string) => void;
  readonly limitMs?: number | undefined;
}): AbsenceWatch {
  const timers = new Map<string, NodeJS.Timeout>();
  const stopListening = deps.hub.onPresence(({ session: { workspaceId }, online }) => {
    clearTimeout(timers.get(workspaceId));
    timers.delete(workspaceId);
    if (!online)
      timers.set(
        workspaceId,
        setTimeout(() => giveUp(workspaceId), deps.limitMs ?? ABSENCE_LIMIT_MS),
      );
  });

  function giveUp(workspaceId: string): void {
    timers.delete(workspaceId);
    deps.endWorkspace(workspaceId).catch((error: unknown) => deps.onError(error, workspaceId));
  }

  return {
    close() {
      stopListening();
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
