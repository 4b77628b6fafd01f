import type { Engine } from '../engine/engine.ts';
import { LABELS, type Labels } from '../../labels.ts';
import { filterFor } from '../engine/label-filters.ts';
import { listVolumes } from './volumes.ts';

/** presentIn says what the engine has with all the labels, by workspace, in words for people. */
export async function presentIn(engine: Engine, labels: Labels): Promise<Map<string, string[]>> {
  const containers = await engine.api.listContainers({
    all: true,
    filters: JSON.stringify(filterFor(labels)),
  });
  const volumes = await listVolumes(engine, labels);
  const found = [
    ...containers.map((one) => ({
      owner: one.Labels,
      words: `Container ${one.Names[0] ?? one.Id}`,
    })),
    ...volumes.map((one) => ({ owner: one.labels, words: `Volume ${one.name}` })),
  ];
  const present = new Map<string, string[]>();
  for (const { owner, words } of found) {
    const workspaceId = owner[LABELS.workspace];
    if (workspaceId === undefined) continue;
    present.set(workspaceId, [...(present.get(workspaceId) ?? []), words]);
  }
  return present;
}
