import type { Engine } from './container-engine.mjs';

export function ensureBaseImage(engine: Engine): Promise<string>;
export function baseImageArchive(): Promise<string>;
