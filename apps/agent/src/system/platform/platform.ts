import { darwin } from './darwin.ts';
import { linux } from './linux.ts';
import type { Platform } from './platform-parts.ts';

/** The system that this agent runs on. */
export const platform: Platform = process.platform === 'darwin' ? darwin : linux;
