import type { NetworkTraffic } from '../network-traffic.ts';
import type { Platform } from './platform-parts.ts';
/** macOS is asked by its own programs: it has no /proc. */
export declare const darwin: Platform;
export declare function parseMachineId(text: string): string | undefined;
/** parseTraffic reads `netstat -ibn`. Each interface has one line of its own, and more for its addresses. */
export declare function parseTraffic(text: string): NetworkTraffic;
