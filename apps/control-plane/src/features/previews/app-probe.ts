import type { AgentConnections } from '../agents/index.ts';
import { openAppConnection } from './app-stream.ts';
import type { PreviewTargets } from './previews-repository.ts';
import { AppConnection } from './wire/app-connection.ts';

const PROBE_TIMEOUT_MS = 2_000;
const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

export interface AppProbe {
  /** True when the project's app answers its start page below 500 at once. */
  isAnswering(projectId: string): Promise<boolean>;
}

export function createAppProbe(deps: {
  readonly targets: Pick<PreviewTargets, 'byProject'>;
  readonly agents: Pick<AgentConnections, 'request' | 'isOnline'>;
}): AppProbe {
  return {
    async isAnswering(projectId) {
      const target = await deps.targets.byProject(projectId);
      if (target === undefined || !deps.agents.isOnline(target.workspaceId)) return false;
      try {
        const stream = await openAppConnection(deps.agents, target);
        return await answers(new AppConnection(stream, (connection) => connection.destroy()));
      } catch {
        // Whatever kept it from answering: it does not.
        return false;
      }
    },
  };
}

function answers(connection: AppConnection): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isAnswering: boolean) => {
      clearTimeout(timer);
      connection.destroy();
      resolve(isAnswering);
    };
    const timer = setTimeout(() => settle(false), PROBE_TIMEOUT_MS);
    connection.ask(
      { head: REQUEST, isHead: false, hasBody: false },
      {
        onHead: ({ status }) => settle(status < 500),
        onData: () => true,
        onEnd: () => undefined,
        onError: () => settle(false),
      },
    );
  });
}
