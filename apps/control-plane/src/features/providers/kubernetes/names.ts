/** Of the container that people work in. */
export const MAIN_CONTAINER = 'workspace';
/** Which start of the workspace a pod belongs to. */
export const RUN_ANNOTATION = 'spt-flow.run';
/** What it may use, where only the cluster still knows. */
export const MEMORY_ANNOTATION = 'spt-flow.memory-bytes';

/** nameOf is what everything of one workspace is called, each in its kind. */
export function nameOf(workspaceId: string): string {
  return `spt-flow-${workspaceId}`;
}

export function projectPolicyName(projectId: string): string {
  return `spt-flow-project-${projectId}`;
}

/** secretName is another one for each start: nothing that was there is ever read or changed. */
export function secretName(workspaceId: string, runId: string): string {
  return `${nameOf(workspaceId)}-${runId.slice(0, 8)}`;
}
