import { AppError } from '@spt-flow/shared/domain/errors';
import type { AgentHub } from '../agents/index.ts';
import type { StartedWorkspace, WorkspaceProvider } from './provider.ts';

/** Ending what runs takes as long as processes need to end by themselves. */
const ASK_TIMEOUT_MS = 20_000;

const WARNINGS = [
  'This is a server of your own: whoever may use this workspace can do there what its account for spt-flow may do.',
];

/** createServerProvider runs workspaces on machines that joined; it can only ask their agents. */
export function createServerProvider(
  hub: Pick<AgentHub, 'sessionOf' | 'request'>,
): WorkspaceProvider {
  /** The agent that was told to work: a machine that joins in place of another has to be started too. */
  const started = new Map<string, string>();

  async function ask(
    workspaceId: string,
    method: 'suspend' | 'resume' | 'uninstall',
  ): Promise<void> {
    const { stream } = await hub.request(workspaceId, { method }, { timeoutMs: ASK_TIMEOUT_MS });
    stream.end();
    stream.resume();
  }

  async function look(workspaceId: string): Promise<'running' | 'absent' | 'away'> {
    try {
      const { stream } = await hub.request(workspaceId, {
        method: 'files.list',
        path: '',
        limit: 1,
      });
      stream.reset('cancelled');
      return 'running';
    } catch (error) {
      if (hasCode(error, 'workspace_stopped')) return 'absent';
      if (hasCode(error, 'agent_offline')) return 'away';
      throw error;
    }
  }

  return {
    ownsMachine: false,
    lacks: ['images', 'devcontainers', 'snapshots', 'isolation', 'egress'],
    warnings: WARNINGS,
    plan: (name) => [`Wait until the server "${name}" joins`, ...WARNINGS],

    async start({ workspaceId }): Promise<StartedWorkspace> {
      const agentId = hub.sessionOf(workspaceId)?.agentId;
      await ask(workspaceId, 'resume');
      if (agentId !== undefined) started.set(workspaceId, agentId);
      // Its owner turns it off; that shows in its connection.
      const ended = new Promise<never>(() => undefined);
      return { warnings: WARNINGS, state: { agentId }, ended };
    },

    async stop(workspaceId) {
      if (!hub.sessionOf(workspaceId)) throw new AppError('server_absent');
      await ask(workspaceId, 'suspend');
    },

    async delete(workspaceId) {
      started.delete(workspaceId);
      if (!hub.sessionOf(workspaceId)) return;
      try {
        await ask(workspaceId, 'uninstall');
      } catch (error) {
        // It went meanwhile, as an agent does that was asked before; whoever is away is deleted too.
        if (!hasCode(error, 'agent_offline')) throw error;
      }
    },

    async inspect(workspaceId) {
      const agentId = hub.sessionOf(workspaceId)?.agentId;
      if (agentId === undefined) return 'away';
      return agentId === started.get(workspaceId) ? look(workspaceId) : 'absent';
    },

    logs: () => [],
    reap: async () => 0,
  };
}

function hasCode(error: unknown, code: AppError['code']): boolean {
  return error instanceof AppError && error.code === code;
}
