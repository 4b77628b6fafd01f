import { request } from 'node:http';
import type { AgentConnections } from '../agents/index.ts';
import type { PreviewTargets } from './previews-repository.ts';
import { OneConnectionAgent, openAppConnection } from './tunnel-http-agent.ts';

const PROBE_TIMEOUT_MS = 2_000;

export interface AppProbe {
  /** True when the project's app answers its start page below 500 at once. */
  isAnswering(projectId: string): Promise<boolean>;
}

export function createAppProbe(deps: {
  readonly targets: PreviewTargets;
  readonly agents: Pick<AgentConnections, 'request' | 'isOnline'>;
}): AppProbe {
  return {
    async isAnswering(projectId) {
      const target = await deps.targets.byProject(projectId);
      if (target === undefined || !deps.agents.isOnline(target.workspaceId)) return false;
      const agent = new OneConnectionAgent(() => openAppConnection(deps.agents, target));
      return answers(agent);
    },
  };
}

function answers(agent: OneConnectionAgent): Promise<boolean> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
    const probe = request({ agent, path: '/', headers: { Host: 'localhost' }, signal });
    probe.on('response', (answer) => {
      resolve((answer.statusCode ?? 500) < 500);
      answer.destroy();
    });
    probe.on('error', () => resolve(false));
    probe.end();
  });
}
