import type { CoderAgent, CoderBuild, CoderWorkspace } from './coder-shapes.ts';

/** Readiness says whether something can be run in a Coder workspace. */
export type Readiness =
  | { readonly state: 'ready'; readonly agent: CoderAgent; readonly warning?: string }
  | { readonly state: 'wait'; readonly words: string }
  | { readonly state: 'failed'; readonly words: string };

/** readinessOf judges one look at a workspace whose build has succeeded; each build makes other agents. */
export function readinessOf({ latest_build: build }: CoderWorkspace): Readiness {
  if (['pending', 'starting', 'stopping'].includes(build.status))
    return wait(`Coder: ${build.status}`);
  if (build.status !== 'running') return failed(`The workspace is ${build.status} in Coder`);
  const agent = mainAgentOf(build);
  if (!agent)
    return failed('The Coder template has no coder_agent, so nothing can be run in its workspaces');
  switch (agent.status) {
    case 'connected':
      return lifecycleOf(agent);
    case 'disconnected':
      return failed(`The Coder agent "${agent.name}" lost its connection to Coder`);
    default:
      return wait(`the Coder agent is ${agent.status}`);
  }
}

/** Containers inside of the workspace have agents too: those have a parent. */
function mainAgentOf({ resources }: CoderBuild): CoderAgent | undefined {
  return resources.flatMap(({ agents }) => agents).find(({ parent_id }) => !parent_id);
}

function lifecycleOf(agent: CoderAgent): Readiness {
  const { lifecycle_state: state } = agent;
  switch (state) {
    case 'created':
    case 'starting':
      return agent.scripts.some(({ start_blocks_login }) => start_blocks_login)
        ? wait('its startup script runs')
        : { state: 'ready', agent };
    case 'start_error':
    case 'start_timeout': {
      const end = state === 'start_error' ? 'failed' : 'takes too long';
      const warning = `The startup script of the Coder template ${end}: its log is in Coder`;
      return { state: 'ready', agent, warning };
    }
    case 'shutting_down':
    case 'shutdown_timeout':
    case 'shutdown_error':
    case 'off':
      return failed(`The Coder agent "${agent.name}" shuts down`);
    default:
      return { state: 'ready', agent };
  }
}

function wait(words: string): Readiness {
  return { state: 'wait', words };
}

function failed(words: string): Readiness {
  return { state: 'failed', words };
}
