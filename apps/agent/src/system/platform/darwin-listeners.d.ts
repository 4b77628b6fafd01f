import type { Listener } from './platform-parts.ts';
/**
 * readListeners lists what accepts connections from loopback. `lsof` tells whose a socket is, for this user's; the rest
 * of what `netstat` shows, which is everybody's, is a stranger's.
 */
export declare function readListeners(): Promise<Listener[]>;
/** parseLsof reads lines that begin with what they tell: process, descriptor, type and name of a socket. */
export declare function parseLsof(text: string): Listener[];
/** parseNetstat reads lines like `tcp4  0  0  127.0.0.1.3000  *.*  LISTEN`. */
export declare function parseNetstat(text: string): Listener[];
/** Several sockets may be bound alike. */
export declare function withStrangers(
  owned: readonly Listener[],
  all: readonly Listener[],
): Listener[];
