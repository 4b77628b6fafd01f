import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fastify } from 'fastify';
import { createAgentPrograms, registerInstallRoutes } from '../../src/features/servers/index.ts';
import {
  createCoderClient,
  createCoderProvider,
  type CoderClient,
  type WorkspaceProvider,
} from '../../src/features/providers/index.ts';
import { nameInCoder } from '../../src/features/providers/coder/workspace-name.ts';
import type { AgentsServer } from '../agents/agents-server.ts';
import { CODER_TOKEN, startCoderServer } from '../support/coder/coder-server.ts';
import type { WorldWorkspace } from '../support/coder/coder-world.ts';
import { builtAgent } from '../workspaces/agent-bundle.ts';

/** The parts of the agent for machines with Node.js: its executable would only be more to fetch. */
const BUNDLE = ['agent.cjs', 'parsers.cjs', 'pty.node'];

export interface CoderStage {
  readonly coder: Awaited<ReturnType<typeof startCoderServer>>;
  readonly client: CoderClient;
  readonly provider: WorkspaceProvider;
  readonly errors: unknown[];
  /** As Coder has it. */
  workspace(workspaceId: string): WorldWorkspace;
  project(workspaceId: string): string;
  close(): Promise<void>;
}

/** newCoderStage runs a Coder server with the template `box`, and a provider for it. */
export async function newCoderStage(agents: AgentsServer): Promise<CoderStage> {
  const coder = await startCoderServer();
  coder.world.addTemplate('box', [{ name: 'cpu', type: 'number', defaultValue: '2', max: 8 }]);
  const programs = await servePrograms(agents);
  const errors: unknown[] = [];
  const client = createCoderClient({
    ...{ url: coder.url, organization: 'default', ca: null },
    readToken: async () => CODER_TOKEN,
  });
  const provider = createCoderProvider({
    ...{ client, url: coder.url, hub: agents.agents.hub },
    link: { url: agents.url, channelBinding: 'none' },
    onError: (error) => void errors.push(error),
    ...{ pollMs: 20, watchMs: 50 },
  });

  function workspace(workspaceId: string): WorldWorkspace {
    const name = nameInCoder(workspaceId);
    const found = coder.world.workspaces.findLast((each) => each.name === name);
    if (!found) throw new Error('Coder has no such workspace');
    return found;
  }

  return {
    ...{ coder, client, provider, errors, workspace },
    project: (id) => path.join(workspace(id).machine.home, 'spt-flow', id),
    async close() {
      await provider.reap();
      await coder.close();
      await programs.close();
    },
  };
}

/** Serves what machines fetch, as the control plane does. */
async function servePrograms({ url, onRequest }: AgentsServer) {
  const built = path.dirname(await builtAgent());
  const directory = await mkdtemp(path.join(tmpdir(), 'spt-programs-'));
  for (const name of BUNDLE) await symlink(path.join(built, name), path.join(directory, name));
  const app = fastify();
  registerInstallRoutes(app, { programs: createAgentPrograms(directory), url: () => url });
  await app.ready();
  const stopServing = onRequest(app.routing);
  return {
    async close() {
      stopServing();
      await app.close();
      await rm(directory, { recursive: true });
    },
  };
}
