import { runInWorkspace } from '../features/agents/index.ts';
import type { PageInspector } from '../features/browser/index.ts';
import {
  createTrialMachine,
  type ChatWorkspaces,
  type Deployment,
  type ProjectFiles,
} from '../features/chat/index.ts';
import type { WorkspaceContent } from '../features/workspaces/index.ts';
import { undefinedIfNotFound } from '../lib/not-found.ts';
import type { DeployedPlace, DeployTurn } from './deployments.ts';
import type { Machines } from './machines.ts';

/** What the process of an app is called in the logs. */
const APP_SOURCE = 'app';

interface NewWorkspaceOwner {
  readonly organizationId: string;
  readonly ownerId: string;
  readonly name: string;
}

export interface ChatWorkspacesDeps {
  readonly machines: Machines;
  readonly inspector: PageInspector;
  ownerOf(projectId: string): Promise<NewWorkspaceOwner>;
  deploy(place: DeployedPlace, turn: DeployTurn): Promise<Deployment>;
}

interface Place {
  readonly id: string;
  readonly organizationId: string;
  readonly appPort: number;
}

/** createChatWorkspaces gives the turns of a project its machine. */
export function createChatWorkspaces({
  machines,
  inspector,
  ownerOf,
  deploy,
}: ChatWorkspacesDeps): ChatWorkspaces {
  const { workspaces, lifecycle, hub, logs } = machines;
  const { service, content } = workspaces;

  /** A project whose workspace was deleted gets a fresh one, filled from its repository. */
  async function workspaceOf(projectId: string, correlationId: string) {
    const existing = await service.ofProject(projectId);
    if (existing) return existing;
    const created = await service.create({
      ...(await ownerOf(projectId)),
      projectId,
      correlationId,
    });
    await service.begin(created.id, correlationId);
    return created;
  }

  function machineOf(
    { id, organizationId }: Place,
    turn: { signal: AbortSignal; correlationId: string },
  ) {
    return createTrialMachine({
      run: (command) => runInWorkspace(hub, id, { ...command, ...turn }),
      async logs(limit) {
        const lines = await logs.list(
          { workspaceId: id, organizationId },
          { limit, source: APP_SOURCE },
        );
        return lines.map(({ text }) => text);
      },
    });
  }

  async function connectTo({ id, appPort }: Place) {
    const { stream } = await hub.request(id, { method: 'tcp', port: appPort });
    return stream;
  }

  return {
    async ensureReady(projectId, turn) {
      const { correlationId } = turn;
      const workspace = await workspaceOf(projectId, correlationId);
      const { id: workspaceId } = workspace;
      if (workspace.actualState !== 'running' || !hub.isOnline(workspaceId)) turn.onWaking();
      const place = await service.ensureReady(workspaceId, turn);
      const onUse = () => lifecycle.report(place.id, 'chat');
      onUse();
      const { id, organizationId } = place;
      await logs.append({ workspaceId: id, organizationId }, [
        { source: 'chat', level: 'info', text: 'The chat works on a message', correlationId },
      ]);
      return {
        workspaceId: id,
        secrets: await machines.secrets.knownValues(id),
        files: projectFiles(content, id, { onUse, correlationId }),
        machine: (stop) => machineOf(place, { signal: stop, correlationId }),
        lookAt: (path, stop) =>
          inspector.inspect({ path, signal: stop, connect: () => connectTo(place) }),
        deploy: (signal) =>
          deploy({ workspaceId: id, organizationId, projectId }, { signal, correlationId }),
      };
    },
  };
}

function projectFiles(
  content: WorkspaceContent,
  workspaceId: string,
  { onUse, correlationId }: { onUse: () => void; correlationId: string },
): ProjectFiles {
  return {
    async list() {
      onUse();
      const { items } = await content.files(workspaceId, correlationId);
      return items
        .filter((item) => item.kind === 'file')
        .map(({ path: file, size }) => ({ path: file, sizeBytes: size }));
    },
    async read(file) {
      onUse();
      const found = await undefinedIfNotFound(content.file(workspaceId, file, correlationId));
      return found?.text ?? null;
    },
  };
}
