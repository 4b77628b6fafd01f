import { listDirectory, readLink } from './proc-directory.ts';

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
