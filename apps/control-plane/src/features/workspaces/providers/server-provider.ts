import { AppError } from '@spt-flow/shared/domain/errors';
import type { AgentHub } from '../../agents/index.ts';
import type { StartedWorkspace, WorkspaceProvider } from '../provider.ts';

/** Ending what runs takes as long as processes need to end by themselves. */
const ASK_TIMEOUT_MS = 20_000;

const WARNINGS = [
  'This is a server of your own: whoever may use this workspace can do there what its account for spt-flow may do.',
];

/** createServerProvider runs workspaces on machines that joined; it can only ask their agents. */
export function createServerProvider(
  hub: Pick<AgentHub, 'isOnline' | 'request'>,
): WorkspaceProvider {
  async function ask(
    workspaceId: string,
    method: 'suspend' | 'resume' | 'uninstall',
  ): Promise<void> {
    const { stream } = await hub.request(workspaceId, { method }, { timeoutMs: ASK_TIMEOUT_MS });
    stream.end();
    stream.resume();
  }

  async function isSuspended(workspaceId: string): Promise<boolean> {
    try {
      const { stream } = await hub.request(workspaceId, {
        method: 'files.list',
        path: '',
        limit: 1,
      });
      stream.reset('cancelled');
      return false;
    } catch (error) {
      if (error instanceof AppError && error.code === 'workspace_stopped') return true;
      throw error;
    }
  }

  return {
    ownsMachine: false,
    warnings: WARNINGS,
    plan: (name) => [`Wait until the server "${name}" joins`, ...WARNINGS],

    async start({ workspaceId }): Promise<StartedWorkspace> {
      await ask(workspaceId, 'resume');
      // Its owner turns it off; that shows in its connection.
      return { warnings: WARNINGS, state: {}, ended: new Promise<never>(() => undefined) };
    },

    async stop(workspaceId) {
      if (!hub.isOnline(workspaceId)) throw new AppError('server_absent');
      await ask(workspaceId, 'suspend');
    },

    async delete(workspaceId) {
      if (hub.isOnline(workspaceId)) await ask(workspaceId, 'uninstall');
    },

    async inspect(workspaceId) {
      if (!hub.isOnline(workspaceId)) return 'away';
      return (await isSuspended(workspaceId)) ? 'absent' : 'running';
    },

    logs: () => [],
    reap: async () => 0,
  };
}
