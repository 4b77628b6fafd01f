import { readdirSync, readlinkSync } from 'node:fs';
import { systemCode } from './errors.ts';
import { readProc } from './proc.ts';

export interface WorkspaceScope {
  /** A process of the workspace from which others descend. */
  readonly pid: number;
  /** `NAME=value` in the environment of everything that belongs to the workspace; undefined: it has no mark. */
  readonly mark: string | undefined;
}

/**
 * processesOf lists the workspace's processes: what descends from the outermost ancestor that carries the mark, and
 * what carries the mark itself, because a daemon leaves its parents but not its environment.
 */
export function processesOf({ pid, mark }: WorkspaceScope): number[] {
  const parents = readParents();
  const root = outermost(pid, { parents, mark });
  return [...parents.keys()].filter(
    (candidate) => descends(candidate, root, parents) || carries(candidate, mark),
  );
}

/** HeldSocket is a socket that a process holds open. */
export interface HeldSocket {
  readonly pid: number;
  readonly descriptor: number;
  readonly inode: number;
}

/** socketsOf lists the sockets that a process holds open; none when it is gone or may not be looked into. */
export function socketsOf(pid: number): HeldSocket[] {
  return listDirectory(`/proc/${pid}/fd`).flatMap((name) => {
    const target = readLink(`/proc/${pid}/fd/${name}`);
    const inode = /^socket:\[(\d+)\]$/.exec(target ?? '')?.[1];
    return inode === undefined ? [] : [{ pid, descriptor: Number(name), inode: Number(inode) }];
  });
}

/** isStillHeld returns whether the socket is open now, where it was seen before. */
export function isStillHeld({ pid, descriptor, inode }: HeldSocket): boolean {
  return readLink(`/proc/${pid}/fd/${descriptor}`) === `socket:[${inode}]`;
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

interface Ancestry {
  readonly parents: ReadonlyMap<number, number>;
  readonly mark: string | undefined;
}

function outermost(pid: number, { parents, mark }: Ancestry): number {
  const parent = parents.get(pid);
  if (parent === undefined || !carries(parent, mark)) return pid;
  return outermost(parent, { parents, mark });
}

function descends(pid: number, root: number, parents: ReadonlyMap<number, number>): boolean {
  for (let current: number | undefined = pid; current; current = parents.get(current)) {
    if (current === root) return true;
  }
  return false;
}

function carries(pid: number, mark: string | undefined): boolean {
  if (mark === undefined) return false;
  return readProc(`/proc/${pid}/environ`)?.split('\0').includes(mark) ?? false;
}

function listDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (isOutOfReach(error)) return [];
    throw error;
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (isOutOfReach(error)) return undefined;
    throw error;
  }
}

/** The process ended meanwhile, or belongs to somebody else. */
function isOutOfReach(error: unknown): boolean {
  return ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(systemCode(error) ?? '');
}
