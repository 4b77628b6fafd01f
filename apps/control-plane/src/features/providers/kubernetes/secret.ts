import type { JoinInstructions, WorkspaceSpec } from '../provider.ts';
import {
  ENTRANCE_DIRECTORY,
  GIT_CONFIG_FILE,
  STATE_DIRECTORY,
  WORKSPACE_DIRECTORY,
} from '../container-paths.ts';
import { systemGitConfig } from '../container-environment.ts';
import type { Labels } from '../labels.ts';
import { secretName } from './names.ts';
import type { KubernetesObject, Manifest } from './objects.ts';
import type { ControlPlaneLink } from './settings.ts';

export const SETTINGS_FILE = 'settings.json';
const CA_FILE = 'ca.crt';

export interface SecretInput {
  readonly spec: Pick<WorkspaceSpec, 'workspaceId' | 'owner'>;
  readonly labels: Labels;
  readonly runId: string;
  readonly link: ControlPlaneLink;
  readonly join: JoinInstructions;
  /** The secret goes with it. */
  readonly statefulSet: KubernetesObject;
}

/** secretOf is what the agent of one start must know; its token lets one agent join, once. */
export function secretOf({ spec, labels, runId, link, join, statefulSet }: SecretInput): Manifest {
  const { name, uid } = statefulSet.metadata;
  const settings = {
    SPT_FLOW_AGENT_URL: link.url,
    SPT_FLOW_AGENT_CHANNEL_BINDING: link.channelBinding,
    SPT_FLOW_AGENT_SERVER_KEY: join.serverKey,
    SPT_FLOW_AGENT_TOKEN: join.token,
    SPT_FLOW_AGENT_STATE_DIR: STATE_DIRECTORY,
    SPT_FLOW_AGENT_PROJECT_DIR: WORKSPACE_DIRECTORY,
    ...(link.ca !== null && { SPT_FLOW_AGENT_CA_FILE: `${ENTRANCE_DIRECTORY}/${CA_FILE}` }),
  };
  return {
    kind: 'Secret',
    metadata: {
      ...{ name: secretName(spec.workspaceId, runId), labels },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid }],
    },
    stringData: {
      [SETTINGS_FILE]: JSON.stringify(settings),
      [GIT_CONFIG_FILE]: systemGitConfig(spec.owner),
      ...(link.ca !== null && { [CA_FILE]: link.ca }),
    },
  };
}
