import type Docker from 'dockerode';
import { LABELS, type Labels } from '../../labels.ts';
import { filtersFor, unspared } from '../engine/label-filters.ts';

type Found = Pick<Docker.ContainerInfo, 'Id' | 'Labels' | 'Created'>;

/**
 * listOwn returns the containers with all the labels, but for those of spared workspaces, in the order in which they can
 * be removed.
 */
export async function listOwn(
  api: Docker,
  labels: Labels,
  spared: ReadonlySet<string> = new Set(),
): Promise<Docker.Container[]> {
  const filters = filtersFor(labels);
  const found = await api.listContainers({ all: true, filters });
  return inOrderOfRemoval(unspared(found, spared)).map(({ Id }) => api.getContainer(Id));
}

/** Podman keeps a container whose network another shares: that one is older, and most often the workspace's own. */
export function inOrderOfRemoval(found: readonly Found[]): Found[] {
  return [...found].sort((one, other) => rankOf(other) - rankOf(one));
}

function rankOf({ Labels: labels, Created: createdSeconds }: Found): number {
  return labels[LABELS.service] === undefined ? 0 : createdSeconds;
}
