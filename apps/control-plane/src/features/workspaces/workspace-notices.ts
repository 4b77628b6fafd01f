import type { AgentHub } from '../agents/index.ts';
import type { EventLog } from '../live/index.ts';
import type { LogLevel, Logs } from '../logs/index.ts';
import type { Prices } from './policy/index.ts';
import type { Providers } from '../providers/index.ts';
import type { TransitionRow } from './transitions/index.ts';
import { toTransition, toWorkspace } from './workspace-view.ts';
import type { WorkspaceRow, WorkspacesRepository } from './workspaces-repository.ts';

export interface NoticesDeps {
  readonly repository: Pick<WorkspacesRepository, 'surroundings'>;
  readonly hub: Pick<AgentHub, 'isOnline'>;
  readonly prices: Prices;
  readonly providers: Pick<Providers, 'of'>;
  readonly eventLog: Pick<EventLog, 'append'>;
  readonly logs: Pick<Logs, 'append'>;
  readonly onError: (error: unknown, workspaceId: string) => void;
}

export type Notices = ReturnType<typeof createNotices>;

/** createNotices tells followers and logs what happened. It never stops the work that it tells about. */
export function createNotices(deps: NoticesDeps) {
  return {
    async workspaceChanged(workspaceId: string): Promise<void> {
      try {
        const found = await deps.repository.surroundings(workspaceId);
        if (!found) return;
        const workspace = toWorkspace(found.row, found, {
          online: deps.hub.isOnline(workspaceId),
          prices: deps.prices,
          providers: deps.providers,
        });
        await deps.eventLog.append(`organization:${found.row.organizationId}`, {
          type: 'workspace.changed',
          workspace,
        });
      } catch (error) {
        deps.onError(error, workspaceId);
      }
    },

    async transitionChanged(row: TransitionRow): Promise<void> {
      const { organizationId, workspaceId } = row;
      await deps.eventLog
        .append(`organization:${organizationId}`, {
          type: 'transition.changed',
          workspaceId,
          transition: toTransition(row),
        })
        .catch((error: unknown) => deps.onError(error, workspaceId));
    },

    async log(
      workspace: WorkspaceRow,
      level: LogLevel,
      text: string,
      correlationId?: string,
    ): Promise<void> {
      const owner = { workspaceId: workspace.id, organizationId: workspace.organizationId };
      await deps.logs
        .append(owner, [{ source: 'start', level, text, correlationId }])
        .catch((error: unknown) => deps.onError(error, workspace.id));
    },
  };
}
