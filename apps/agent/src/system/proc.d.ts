export interface ProcessIdentity {
  readonly pid: number;
  readonly groupId: number;
  /** Clock ticks since boot; with the pid it names a process for ever. */
  readonly startTicks: number;
}
/** What the kernel says about a process; undefined when there is none. Zombies count as gone. */
export declare function identifyProcess(pid: number): ProcessIdentity | undefined;
export declare function membersOfGroup(groupId: number): ProcessIdentity[];
/** Processes whose environment, as they were started with, has an entry `NAME=value` that begins like this. */
export declare function processesWithVariable(beginning: string): number[];
/** How long a thread has run, and how long it has waited to run. */
export interface ProcessorTime {
  readonly ranMs: number;
  readonly waitedMs: number;
}
/** What each thread of a group has had of the processors so far, by thread id; empty where the kernel does not tell. */
export declare function processorTimes(groupId: number): Map<number, ProcessorTime>;
/** Changes with every boot of the machine. */
export declare function readBootId(): string;
/** readProc returns a file of /proc; undefined when its process is gone or somebody else's. */
export declare function readProc(path: string): string | undefined;
