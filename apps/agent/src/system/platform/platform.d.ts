import type { Platform } from './platform-parts.ts';
/** The system that this agent runs on. */
export declare const platform: Platform;
