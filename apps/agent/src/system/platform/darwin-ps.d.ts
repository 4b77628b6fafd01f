import type { ProcessIdentity } from '../proc.ts';
import type { ProcessTable, WorkspaceScope } from '../process-tree.ts';
import type { WorkspaceUsage } from '../workspace-usage.ts';
/** DarwinProcess is a line of macOS's ps. */
export interface DarwinProcess extends ProcessIdentity {
  readonly parentId: number;
  readonly memoryBytes: number;
  readonly cpuSeconds: number;
  /** As `ps` calls it: `ttys003`. */
  readonly terminal: string | undefined;
  /** Words of the command line and, where it was asked for, entries of the environment, parted by spaces. */
  readonly command: string;
}
/** parseProcesses leaves out zombies, which count as gone. */
export declare function parseProcesses(text: string): DarwinProcess[];
export declare function identify(pid: number): DarwinProcess | undefined;
export declare function membersOfGroup(groupId: number): DarwinProcess[];
export declare function withVariable(beginning: string): number[];
export declare function darwinTable(processes?: readonly DarwinProcess[]): ProcessTable;
/** What processes that have ended used is not known here, so that the sum of the processors may fall. */
export declare function measure(
  scope: WorkspaceScope,
  processes?: readonly DarwinProcess[],
): WorkspaceUsage;
export declare function nameOf(pid: number): string | undefined;
export declare function terminalOf(pid: number): string | undefined;
