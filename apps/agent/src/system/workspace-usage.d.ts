import { type ProcessTable, type WorkspaceScope } from './process-tree.ts';
export interface WorkspaceUsage {
  readonly cpuSeconds: number;
  /** Resident memory; what processes share counts for each of them. */
  readonly memoryBytes: number;
}
/**
 * measureProcesses adds up everything in the workspace but the agent itself, from Linux's /proc. What a process used of the processors goes over to its parent when it ends, so that the sum only grows: it
 * falls when the parent is not of the workspace.
 */
export declare function measureProcesses(
  scope: WorkspaceScope,
  table: ProcessTable,
): WorkspaceUsage;
