import type { FileHandle } from 'node:fs/promises';
import type { NetworkTraffic } from '../network-traffic.ts';
import type { ProcessIdentity, ProcessorTime } from '../proc.ts';
import type { ProcessTable, WorkspaceScope } from '../process-tree.ts';
import type { WorkspaceUsage } from '../workspace-usage.ts';
/** Processes as the system shows them. */
export interface PlatformProcesses {
  /** Undefined when there is none. Zombies count as gone. */
  identify(pid: number): ProcessIdentity | undefined;
  membersOfGroup(groupId: number): ProcessIdentity[];
  /** Those whose environment has an entry `NAME=value` that begins like this; an end is marked by a zero byte. */
  withVariable(beginning: string): number[];
  table(): ProcessTable;
  /** Of each thread of a group; empty where the system does not tell. */
  processorTimes(groupId: number): Map<number, ProcessorTime>;
  /** What people call it; undefined when it is gone. */
  nameOf(pid: number): string | undefined;
  /** The device of the terminal that controls a process. */
  terminalOf(pid: number): string | undefined;
  /** Undefined where the system does not tell. */
  measure(scope: WorkspaceScope): WorkspaceUsage | undefined;
}
export interface PlatformMachine {
  /** Changes with every boot. */
  bootId(): string;
  /** Stays the same; undefined where the system has none. */
  id(): Promise<string | undefined>;
  /** Undefined where the system does not tell. */
  traffic(): NetworkTraffic | undefined;
}
export interface PlatformFiles {
  /** The path of a name in an open directory, wherever that is by now. */
  below(directory: FileHandle, name: string): string;
  /** What `below` needs and this directory, or machine, does not have. */
  whyNotBelow(directory: string): Promise<string | undefined>;
  /** False where a file system cannot be brought to the disk as a whole. */
  syncFileSystem(directory: string): Promise<boolean>;
}
/** Listener is a socket that accepts connections. */
export interface Listener {
  /** An address of loopback, or a wildcard (`0.0.0.0`, `::`). */
  readonly address: string;
  readonly port: number;
  /** Undefined: it is somebody else's. */
  readonly pid: number | undefined;
}
/** What differs between the systems that the agent runs on. */
export interface Platform {
  readonly name: 'linux' | 'darwin';
  readonly processes: PlatformProcesses;
  readonly machine: PlatformMachine;
  readonly files: PlatformFiles;
  /** Asks programs what listens; undefined where the kernel tells it in files. */
  readonly readListeners: (() => Promise<Listener[]>) | undefined;
  /** Arguments of tcflow(3) that stop a terminal's output and let it go on. */
  readonly flow: {
    readonly stopOutput: number;
    readonly startOutput: number;
  };
}
