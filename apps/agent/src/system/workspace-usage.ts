import { readFileSync } from 'node:fs';
import { processesOf, type ProcessTable, type WorkspaceScope } from './process-tree.ts';
import { readProc } from './proc.ts';

/** Linux counts in hundredths of a second for programs, whatever its own clock does. */
const TICKS_PER_SECOND = 100;
const AUXILIARY_PAGE_SIZE = 6n;
const AUXILIARY_ENTRY_BYTES = 16;
const USUAL_PAGE_BYTES = 4096;

export interface WorkspaceUsage {
  readonly cpuSeconds: number;
  /** Resident memory; what processes share counts for each of them. */
  readonly memoryBytes: number;
}

/**
 * measureProcesses adds up everything in the workspace but the agent itself, from Linux's /proc. What a process used of the processors goes over to its parent when it ends, so that the sum only grows: it
 * falls when the parent is not of the workspace.
 */
export function measureProcesses(scope: WorkspaceScope, table: ProcessTable): WorkspaceUsage {
  let [ticks, pages] = [0, 0];
  for (const pid of processesOf(scope, table)) {
    const used = statOf(pid, pid === scope.pid);
    ticks += used.ticks;
    pages += used.pages;
  }
  return { cpuSeconds: ticks / TICKS_PER_SECOND, memoryBytes: pages * pageBytes() };
}

function statOf(pid: number, isAgent: boolean): { ticks: number; pages: number } {
  const text = readProc(`/proc/${pid}/stat`);
  if (text === undefined) return { ticks: 0, pages: 0 };
  // The command name is in parentheses and may hold spaces and parentheses itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = fields
    .slice(11, 15)
    .map(Number);
  const children = childrenUser + childrenSystem;
  if (isAgent) return { ticks: children, pages: 0 };
  return { ticks: user + system + children, pages: Number(fields[21]) };
}

/** As the kernel tells every program at its start; it differs between machines of ARM. */
function pageBytes(): number {
  const vector = readFileSync('/proc/self/auxv');
  for (let at = 0; at + AUXILIARY_ENTRY_BYTES <= vector.length; at += AUXILIARY_ENTRY_BYTES) {
    if (vector.readBigUInt64LE(at) === AUXILIARY_PAGE_SIZE)
      return Number(vector.readBigUInt64LE(at + AUXILIARY_ENTRY_BYTES / 2));
  }
  return USUAL_PAGE_BYTES;
}
