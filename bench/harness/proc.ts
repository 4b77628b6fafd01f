import { readFileSync, readdirSync } from 'node:fs';

/** The process that inherits those whose parent ended first. */
const INIT = 1;
/** The parent of the kernel's own threads. */
const KTHREADD = 2;
/** Linux counts processor time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

interface ProcessTime {
  readonly parent: number;
  readonly isZombie: boolean;
  /** Its own, and of its children that ended. */
  readonly ticks: number;
  readonly childTicks: number;
}

/** residentBytes: all memory of the process that is in RAM, and the part that only it has. */
export function memoryOf(pid: number): { rssBytes: number; privateBytes: number } {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? NaN);
  return {
    rssBytes: kilobytes('Rss') * 1024,
    privateBytes: (kilobytes('Private_Clean') + kilobytes('Private_Dirty')) * 1024,
  };
}

/** treeSeconds is the processor time that a process and all below it have used so far. */
export function treeSeconds(pid: number): number {
  return treeTicks(pid, readProcesses()) / TICKS_PER_SECOND;
}

/** processSeconds is the processor time of one process alone. */
export function processSeconds(pid: number): number {
  return (readProcessTime(String(pid))?.ticks ?? NaN) / TICKS_PER_SECOND;
}

/**
 * createDisturbance measures how much of the machine went to processes that do not descend from this one. With
 * `orphans`, those that ended as children of init count as ours too: ssh leaves its ProxyCommand behind.
 */
export function createDisturbance({ orphans = false } = {}) {
  return {
    during: async <T>(work: () => Promise<T>): Promise<{ result: T; foreignShare: number }> => {
      const before = readMachine(orphans);
      const result = await work();
      const after = readMachine(orphans);
      const total = after.total - before.total;
      const foreign = after.busy - before.busy - (after.own - before.own);
      return { result, foreignShare: Math.max(0, foreign / total) };
    },
  };
}

/**
 * Interrupts of our own traffic and the kernel's threads are nobody's, and what a hypervisor takes it takes because we
 * are busy: nothing of that is foreign.
 */
function readMachine(orphans: boolean): { busy: number; total: number; own: number } {
  const line = readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '';
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  const total = ticks.reduce((sum, value) => sum + value, 0);
  const [user = 0, nice = 0, system = 0] = ticks;
  const processes = readProcesses();
  const left = orphans ? orphanTicks(processes) : 0;
  const own = treeTicks(process.pid, processes) + treeTicks(KTHREADD, processes) + left;
  return { busy: user + nice + system, total, own };
}

function readProcesses(): Map<number, ProcessTime> {
  const processes = new Map<number, ProcessTime>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const time = readProcessTime(entry);
    if (time) processes.set(Number(entry), time);
  }
  return processes;
}

function readProcessTime(pid: string): ProcessTime | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name is in parentheses and may hold spaces; the fields that count come after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [own = 0, ownKernel = 0, child = 0, childKernel = 0] = fields.slice(11, 15).map(Number);
    const childTicks = child + childKernel;
    return {
      parent: Number(fields[1]),
      isZombie: fields[0] === 'Z',
      ticks: own + ownKernel + childTicks,
      childTicks,
    };
  } catch {
    // It ended meanwhile; its parent has its time.
    return undefined;
  }
}

function orphanTicks(processes: ReadonlyMap<number, ProcessTime>): number {
  let ticks = processes.get(INIT)?.childTicks ?? 0;
  for (const time of processes.values()) {
    if (time.parent === INIT && time.isZombie) ticks += time.ticks;
  }
  return ticks;
}

function treeTicks(root: number, processes: ReadonlyMap<number, ProcessTime>): number {
  let ticks = 0;
  for (const [pid, time] of processes) {
    if (descends(pid, root, processes)) ticks += time.ticks;
  }
  return ticks;
}

function descends(pid: number, root: number, processes: ReadonlyMap<number, ProcessTime>): boolean {
  for (let current: number | undefined = pid; current; current = processes.get(current)?.parent) {
    if (current === root) return true;
  }
  return false;
}
