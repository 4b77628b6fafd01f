import { dependency, type ErrorEntry } from './entry.ts';

/** What a Kubernetes cluster says no to. */
export const CLUSTER_ERRORS = {
  cluster_forbidden: dependency(
    502,
    'The cluster does not let spt-flow do this',
    'Ask an admin to grant what is named, as the Role of the Helm chart does',
  ),
  cluster_quota_exceeded: dependency(
    503,
    'A quota of the cluster is used up',
    'Stop or delete workspaces that are not needed, or ask an admin to raise the quota',
  ),
  cluster_no_room: dependency(
    503,
    'No node of the cluster has room for the workspace',
    'Stop workspaces that are not needed, or ask an admin to add a node, then start it again',
    'spt-flow start <workspace>',
  ),
  cluster_volume_pending: dependency(
    503,
    'The cluster gives no volume to the workspace',
    'Ask an admin to look at the storage class, then start it again',
    'spt-flow start <workspace>',
  ),
} as const satisfies Record<string, ErrorEntry>;
