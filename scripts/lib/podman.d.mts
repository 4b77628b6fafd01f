import type { Engine } from './container-engine.mjs';

export function hasPodman(): boolean;
export function startPodman(): Promise<Engine & { stop(): Promise<void> }>;
