import type { WorkspaceScope } from './process-tree.ts';

/** Local workspaces share their machine; this variable, which all their processes inherit, tells them apart. */
const MARK = 'SPT_FLOW_WORKSPACE_ID';

export function workspaceScope(environment: Readonly<Record<string, string>>): WorkspaceScope {
  const workspaceId = environment[MARK];
  return {
    pid: process.pid,
    mark: workspaceId === undefined ? undefined : `${MARK}=${workspaceId}`,
  };
}
