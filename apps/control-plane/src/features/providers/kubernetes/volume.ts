import { SIZE_LIMITS } from '@spt-flow/shared/domain/workspace-settings';
import type { WorkspaceFiles, WorkspaceSpec } from '../provider.ts';
import { HISTORY_DIRECTORY, STATE_DIRECTORY, WORKSPACE_DIRECTORY } from '../container-paths.ts';
import type { Labels } from '../labels.ts';
import { nameOf } from './names.ts';
import type { Manifest } from './objects.ts';
import type { KubernetesSettings } from './settings.ts';

/** The agent's own folder: it stays with the workspace, whatever state its files are in. */
export const STATE_PART = 'agent-state';

/**
 * claimOf is the one volume of a workspace: nodes can attach a few dozen only. Its parts are folders, those of each
 * state of the files in a folder of their own.
 */
export function claimOf(
  { workspaceId, size }: Pick<WorkspaceFiles, 'workspaceId' | 'size'>,
  labels: Labels,
  { storageClass }: Pick<KubernetesSettings, 'storageClass'>,
): Manifest {
  return {
    kind: 'PersistentVolumeClaim',
    metadata: { name: nameOf(workspaceId), labels },
    spec: {
      accessModes: ['ReadWriteOnce'],
      ...(storageClass !== null && { storageClassName: storageClass }),
      resources: { requests: { storage: String(SIZE_LIMITS[size].diskBytes) } },
    },
  };
}

/** partsOf says which folder of the volume is mounted where. */
export function partsOf(
  { revision }: Pick<WorkspaceSpec, 'revision'>,
  { home }: Pick<KubernetesSettings, 'home'>,
) {
  const part = (name: string, mountPath: string) => ({
    ...{ name: 'files', mountPath },
    subPath: name === STATE_PART ? name : `${revision}/${name}`,
  });
  return [
    part('home', home),
    part('claude-config', `${home}/.claude`),
    part('shell-history', HISTORY_DIRECTORY),
    part(STATE_PART, STATE_DIRECTORY),
    part('workspace', WORKSPACE_DIRECTORY),
  ];
}
