import type { Socket } from 'node:net';
import { writeAtOnce } from '../system/write-at-once.ts';

/** Kept for a program that reads nothing; more of it is lost, as the kernel does with what is typed ahead. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
const FIRST_RETRY_MS = 1;
const LONGEST_RETRY_MS = 32;

/**
 * createPtyInput writes to a terminal without waiting for its program. The socket of a terminal is written to until the
 * program has read: meanwhile nothing is read from it either, and a program that first wants to print never reads.
 */
export function createPtyInput({ socket, fd }: { socket: Socket; fd: number }) {
  let rest: Uint8Array = new Uint8Array();
  let behind: Uint8Array[] = [];
  let waitingBytes = 0;
  let retryMs = FIRST_RETRY_MS;
  let retry: NodeJS.Timeout | undefined;

  function push(bytes: Uint8Array): void {
    if (waitingBytes + bytes.length > MAX_WAITING_BYTES) return;
    behind.push(Buffer.from(bytes));
    waitingBytes += bytes.length;
    if (!retry) flush();
  }

  function flush(): void {
    retry = undefined;
    // The number of a closed one may name another terminal by now.
    while (waitingBytes > 0 && !socket.destroyed) {
      if (rest.length === 0) takeBehind();
      const count = writeAtOnce(fd, rest);
      rest = rest.subarray(count);
      waitingBytes -= count;
      retryMs = count > 0 ? FIRST_RETRY_MS : Math.min(retryMs * 2, LONGEST_RETRY_MS);
      if (rest.length === 0) continue;
      retry = setTimeout(flush, retryMs);
      return;
    }
  }

  function takeBehind(): void {
    rest = Buffer.concat(behind);
    behind = [];
  }

  return push;
}
