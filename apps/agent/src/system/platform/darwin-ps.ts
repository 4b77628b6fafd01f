import { spawnSync } from 'node:child_process';
import type { ProcessIdentity } from '../proc.ts';
import { describeCommand } from '../process-name.ts';
import type { ProcessTable, WorkspaceScope } from '../process-tree.ts';
import { processesOf } from '../process-tree.ts';
import type { WorkspaceUsage } from '../workspace-usage.ts';

const FIELDS = ['pid', 'ppid', 'pgid', 'stat', 'rss', 'time', 'tty', 'lstart', 'command'];
const KEYWORDS = FIELDS.flatMap((field) => ['-o', `${field}=`]);
/** Every process of the machine, with its environment. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

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

/** readProcesses lists those that live, all of them or some. */
function readProcesses(pids?: readonly number[]): DarwinProcess[] {
  const which = pids === undefined ? ['-axww'] : ['-ww', '-p', pids.join(',')];
  return parseProcesses(runPs([...which, ...KEYWORDS]));
}

/** With the environments of those whose the system shows: not of its own programs, and of no other user's. */
function readEnvironments(): DarwinProcess[] {
  return parseProcesses(runPs(['-axwwE', ...KEYWORDS]));
}

/** It fails when it finds nothing, which is an answer too. */
function runPs(args: readonly string[]): string {
  const env = { LC_ALL: 'C', TZ: 'UTC' };
  const options = { encoding: 'utf8', env, maxBuffer: MAX_OUTPUT_BYTES } as const;
  const { stdout, error } = spawnSync('/bin/ps', args, options);
  if (error) throw error;
  return stdout;
}

const LINE =
  /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\d+)\s+([\d:.-]+)\s+(\S+)\s+(\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4})\s+(.*)$/;

/** parseProcesses leaves out zombies, which count as gone. */
export function parseProcesses(text: string): DarwinProcess[] {
  return text.split('\n').flatMap((line) => {
    const [, pid, parent, group, state = '', rss, time = '', tty, start, command = ''] =
      LINE.exec(line) ?? [];
    if (pid === undefined || state.startsWith('Z')) return [];
    return [
      {
        ...{ pid: Number(pid), parentId: Number(parent), groupId: Number(group) },
        startTicks: Date.parse(`${start} UTC`) / 1_000,
        memoryBytes: Number(rss) * 1024,
        cpuSeconds: secondsOf(time),
        terminal: tty === undefined || tty.startsWith('?') ? undefined : tty,
        command,
      },
    ];
  });
}

/** `12:34.56`, and with hours and days before it where it has taken those. */
function secondsOf(time: string): number {
  const [clock = '', days = '0'] = time.split('-').toReversed();
  return clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) + Number(days) * 86_400;
}

export function identify(pid: number): DarwinProcess | undefined {
  return readProcesses([pid])[0];
}

export function membersOfGroup(groupId: number): DarwinProcess[] {
  return readProcesses().filter((found) => found.groupId === groupId);
}

export function withVariable(beginning: string): number[] {
  return readEnvironments()
    .filter((found) => found.pid !== process.pid && hasEntry(found, beginning))
    .map(({ pid }) => pid);
}

/** The end of an entry is a zero byte elsewhere, and a space here. */
function hasEntry({ command }: DarwinProcess, beginning: string): boolean {
  return `${command} `.includes(` ${beginning.replaceAll('\0', ' ')}`);
}

export function darwinTable(
  processes: readonly DarwinProcess[] = readEnvironments(),
): ProcessTable {
  const byId = new Map(processes.map((found) => [found.pid, found]));
  return {
    parents: new Map(processes.map(({ pid, parentId }) => [pid, parentId])),
    carries(pid, mark) {
      const found = byId.get(pid);
      return found !== undefined && hasEntry(found, `${mark}\0`);
    },
  };
}

/** What processes that have ended used is not known here, so that the sum of the processors may fall. */
export function measure(
  scope: WorkspaceScope,
  processes: readonly DarwinProcess[] = readEnvironments(),
): WorkspaceUsage {
  const own = new Set(processesOf(scope, darwinTable(processes)));
  const counted = processes.filter(({ pid }) => own.has(pid) && pid !== scope.pid);
  return {
    cpuSeconds: counted.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    memoryBytes: counted.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
  };
}

export function nameOf(pid: number): string | undefined {
  return describeCommand(identify(pid)?.command.split(' ') ?? []);
}

export function terminalOf(pid: number): string | undefined {
  const terminal = identify(pid)?.terminal;
  return terminal === undefined ? undefined : `/dev/${terminal}`;
}
