import type Docker from 'dockerode';
import type { Engine } from '../engine/engine.ts';
import { LABELS, type Labels } from '../../labels.ts';
import { filtersFor } from '../engine/label-filters.ts';
import { listVolumes } from './volumes.ts';

/** Owned is something in the engine that is of a workspace. */
interface Owned {
  readonly workspaceId: string;
  /** Id of a container, name of a volume. */
  readonly key: string;
  /** For people. */
  readonly words: string;
}

/** listOwned finds the containers and volumes with all the labels. */
export async function listOwned(engine: Engine, labels: Labels): Promise<Owned[]> {
  const filters = filtersFor(labels);
  const containers = await engine.api.listContainers({ all: true, filters });
  const volumes = await listVolumes(engine, labels);
  return [
    ...containers.map(({ Id: key, Labels: owner, Names: [name = key] }) => ({
      ...{ key, owner, words: `Container ${name}` },
    })),
    ...volumes.map(({ name: key, labels: owner }) => ({ key, owner, words: `Volume ${key}` })),
    ...containers.flatMap(({ Labels: owner, Mounts: mounts }) =>
      unnamedIn(mounts).map((key) => ({ key, owner, words: `Volume ${key}` })),
    ),
  ].flatMap(({ owner: { [LABELS.workspace]: workspaceId }, key, words }) =>
    workspaceId === undefined ? [] : [{ workspaceId, key, words }],
  );
}

/** Volumes that an image wants: engines make them with its container, without labels of ours. */
function unnamedIn(mounts: Docker.ContainerInfo['Mounts']): string[] {
  return mounts.flatMap(({ Name: name = '' }) => (/^[0-9a-f]{64}$/.test(name) ? [name] : []));
}
