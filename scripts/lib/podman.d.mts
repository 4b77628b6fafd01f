import type { Engine } from './container-engine.mjs';

export function hasPodman(): boolean;
export function startPodman(): Promise<Engine & { stop(): Promise<void> }>;
export function startRootlessPodman(): Promise<Engine & { stop(): Promise<void> }>;
