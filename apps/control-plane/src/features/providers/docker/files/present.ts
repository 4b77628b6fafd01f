import type { Engine } from '../engine/engine.ts';
import type { Labels } from '../../labels.ts';
import { listOwned } from './owned.ts';

/** presentIn says what the engine has with all the labels, by workspace, in words for people. */
export async function presentIn(engine: Engine, labels: Labels): Promise<Map<string, string[]>> {
  const present = new Map<string, string[]>();
  for (const { workspaceId, words } of await listOwned(engine, labels))
    present.set(workspaceId, [...(present.get(workspaceId) ?? []), words]);
  return present;
}
