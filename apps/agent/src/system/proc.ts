import { readFileSync, readdirSync } from 'node:fs';
import { systemCode } from './errors.ts';

export interface ProcessIdentity {
  readonly pid: number;
  readonly groupId: number;
  /** Clock ticks since boot; with the pid it names a process for ever. */
  readonly startTicks: number;
}

/** What the kernel says about a process; undefined when there is none. Zombies count as gone. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const text = readProc(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The command name is in parentheses and may hold spaces and parentheses itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return { pid, groupId: Number(fields[2]), startTicks: Number(fields[19]) };
}

export function membersOfGroup(groupId: number): ProcessIdentity[] {
  return readdirSync('/proc').flatMap((name) => {
    const identity = /^\d+$/.test(name) ? identifyProcess(Number(name)) : undefined;
    return identity?.groupId === groupId ? [identity] : [];
  });
}

/** Changes with every boot of the machine. */
export function readBootId(): string {
  return readProc('/proc/sys/kernel/random/boot_id')?.trim() ?? 'unknown';
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return undefined;
    throw error;
  }
}
