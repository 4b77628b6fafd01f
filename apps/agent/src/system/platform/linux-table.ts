import { readProc } from '../proc.ts';
import { listDirectory } from '../proc-directory.ts';
import type { ProcessTable } from '../process-tree.ts';

/** linuxTable reads who has started whom; the environments only of those who are asked for. */
export function linuxTable(): ProcessTable {
  return { parents: readParents(), carries };
}

function readParents(): Map<number, number> {
  const parents = new Map<number, number>();
  for (const name of listDirectory('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readProc(`/proc/${name}/stat`);
    // The command name is in parentheses and may hold spaces and parentheses itself.
    const parent = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  return parents;
}

function carries(pid: number, mark: string): boolean {
  return readProc(`/proc/${pid}/environ`)?.split('\0').includes(mark) ?? false;
}
