import { processesOf, type WorkspaceScope } from './process-tree.ts';
import { readProc } from './proc.ts';

/** Linux counts in hundredths of a second for programs, whatever its own clock does. */
const TICKS_PER_SECOND = 100;

/**
 * workspaceCpuSeconds is the processor time of everything in the workspace but the agent itself; undefined where the
 * system does not tell. What a process used goes over to its parent when it ends, so that the sum only grows: it
 * falls when the parent is not of the workspace.
 */
export function workspaceCpuSeconds(scope: WorkspaceScope): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const ticks = processesOf(scope).map((pid) => ticksOf(pid, pid === scope.pid));
  return ticks.reduce((sum, some) => sum + some, 0) / TICKS_PER_SECOND;
}

function ticksOf(pid: number, isAgent: boolean): number {
  const text = readProc(`/proc/${pid}/stat`);
  if (text === undefined) return 0;
  // The command name is in parentheses and may hold spaces and parentheses itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = fields
    .slice(11, 15)
    .map(Number);
  return (isAgent ? 0 : user + system) + childrenUser + childrenSystem;
}
