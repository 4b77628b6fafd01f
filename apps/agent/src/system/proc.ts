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

/** Processes whose environment, as they were started with, has an entry `NAME=value` that begins like this. */
export function processesWithVariable(beginning: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!(pid > 0) || pid === process.pid) return [];
    // One search, since splitting would make this the hottest code of the agent.
    const environment = `\0${readProc(`/proc/${name}/environ`) ?? ''}`;
    return environment.includes(`\0${beginning}`) ? [pid] : [];
  });
}

/** How long a thread has run, and how long it has waited to run. */
export interface ProcessorTime {
  readonly ranMs: number;
  readonly waitedMs: number;
}

/** What each thread of a group has had of the processors so far, by thread id; empty where the kernel does not tell. */
export function processorTimes(groupId: number): Map<number, ProcessorTime> {
  const threads = membersOfGroup(groupId).flatMap(({ pid }) =>
    listProc(`/proc/${pid}/task`).map((thread) => ({ pid, thread })),
  );
  return new Map(
    threads.flatMap(({ pid, thread }) => {
      const text = readProc(`/proc/${pid}/task/${thread}/schedstat`);
      if (text === undefined) return [];
      const [ranNs = 0, waitedNs = 0] = text.split(' ').map(Number);
      return [[Number(thread), { ranMs: ranNs / 1e6, waitedMs: waitedNs / 1e6 }] as const];
    }),
  );
}

/** Changes with every boot of the machine. */
export function readBootId(): string {
  return readProc('/proc/sys/kernel/random/boot_id')?.trim() ?? 'unknown';
}

/** readProc returns a file of /proc; undefined when its process is gone or somebody else's. */
export function readProc(path: string): string | undefined {
  return unlessGone(() => readFileSync(path, 'utf8'));
}

function listProc(path: string): string[] {
  return unlessGone(() => readdirSync(path)) ?? [];
}

/** Processes end at any time, and those of others do not let themselves be read. */
function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM')
      return undefined;
    throw error;
  }
}
