import type { Platform } from './platform-parts.ts';
/** The kernel tells in files of /proc. */
export declare const linux: Platform;
