import { newCorrelationId } from '../lib/correlation.ts';
import type { Builder } from './builder.ts';
import type { Core } from './core.ts';
import type { Machines } from './machines.ts';

interface Parts {
  readonly core: Core;
  readonly machines: Machines;
  readonly builder: Builder;
}

/** What one part does because of another. */
export function connectParts({ core, machines, builder }: Parts): void {
  const { workspaces } = machines;
  machines.setKeepLast(builder.snapshots.service.keepLast);
  workspaces.registerSeedHook(builder.builds.isMachine);
  workspaces.registerSeedHook((workspace, options) =>
    builder.git.seedWorkspace({
      workspaceId: workspace.id,
      projectId: workspace.projectId,
      ...options,
    }),
  );
  workspaces.registerReadyHook(async (workspace) => {
    await builder.changeSets.onWorkspaceReady(workspace, newCorrelationId());
    await builder.messageVersions.recover(workspace.projectId);
  });
  workspaces.registerReadyHook(({ id }) => builder.modelProxy.offerTo(id));
  workspaces.registerReadyHook(({ projectId }) => builder.forge.onCommitted(projectId));
  machines.onAgentEvent(({ workspaceId }, event) => {
    if (event.type !== 'recovered') return;
    builder.changeSets
      .onRecovered(workspaceId, event.receipt, newCorrelationId())
      // The hook above passes a workspace by whose change set is just being settled.
      .then(() => builder.messageVersions.recover())
      .catch((error: unknown) => core.onError(error, workspaceId));
  });
}

/** Goes on with what another replica did that went; its workspaces are taken over by then. */
export async function takeOver({
  builds,
  changeSets,
  messageVersions,
  chat,
}: Builder): Promise<void> {
  await builds.recover();
  await builds.tidy();
  await chat.resumeTurns();
  await changeSets.settleOrphans(newCorrelationId());
  await messageVersions.recover();
}
