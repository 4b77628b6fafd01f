import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import * as z from 'zod';
import type { WorkspaceCopies, WorkspaceFiles, WorkspacePart } from '../../provider.ts';
import type { ContainerRun } from '../containers/container-run.ts';
import { STATE_VOLUME, volumeName } from '../containers/container-options.ts';
import { removeContainer, unlessMissing, type Engine } from '../engine/engine.ts';
import { linesOf } from '../engine/lines.ts';
import { freeze } from './freeze.ts';
import { labelsOf, selectorOf } from '../../labels.ts';
import { filtersFor } from '../engine/label-filters.ts';
import { tarOf } from '../engine/tar.ts';
import { listVolumes } from './volumes.ts';

const MOUNTS = '/parts';
/** What the engine tells last is the identity of the image. */
const ImportedSchema = z.object({ status: z.string() });

interface KeptVolume {
  readonly volume: string;
  /** Name within the workspace. */
  readonly part: string;
  readonly revision: number;
}

/** createDockerCopies reads and fills the volumes of workspaces through containers that are never started. */
export function createDockerCopies(deps: {
  readonly engine: Engine;
  readonly installationId: string;
  readonly inTurn: <T>(workspaceId: string, work: () => Promise<T>) => Promise<T>;
  /** Undefined: it does not run. */
  readonly runOf: (workspaceId: string) => ContainerRun | undefined;
}): WorkspaceCopies {
  const { engine, installationId: installation } = deps;

  async function volumesOf({ workspaceId }: WorkspaceFiles): Promise<KeptVolume[]> {
    const prefix = volumeName(workspaceId, '');
    const volumes = await listVolumes(engine, selectorOf(installation, workspaceId));
    return volumes.flatMap(({ name: volume }) => {
      const [, revision = '0', part = ''] =
        /^(?:r(\d+)-)?(.+)$/.exec(volume.slice(prefix.length)) ?? [];
      return part === STATE_VOLUME ? [] : [{ volume, part, revision: Number(revision) }];
    });
  }

  /** The workspace's own, and those of its services. */
  async function running(workspaceId: string): Promise<Docker.Container[]> {
    const filters = filtersFor(selectorOf(installation, workspaceId), { status: ['running'] });
    const found = await engine.api.listContainers({ filters });
    return found.map(({ Id }) => engine.api.getContainer(Id));
  }

  async function frozen(workspaceId: string, work: () => Promise<void>): Promise<void> {
    const run = deps.runOf(workspaceId);
    if (!run) return work();
    run.isFrozen = true;
    const stopped: Docker.Container[] = [];
    try {
      for (const container of await running(workspaceId))
        if (await freeze(container)) stopped.push(container);
      await work();
    } finally {
      for (const container of stopped) await unlessMissing(container.unpause());
      run.isFrozen = false;
    }
  }

  async function fill(files: WorkspaceFiles, { name, archive }: WorkspacePart): Promise<void> {
    const { workspaceId: workspace, projectId: project, revision } = files;
    const volume = volumeName(workspace, name, revision);
    await engine.api.createVolume({
      Name: volume,
      Labels: labelsOf({ installation, project, workspace }),
    });
    await withVolumes(engine, { volumes: [{ volume, part: name }] }, (container) =>
      container.putArchive(archive, { path: `${MOUNTS}/${name}` }),
    );
  }

  async function removeWhere(
    files: WorkspaceFiles,
    isMeant: (volume: KeptVolume) => boolean,
  ): Promise<void> {
    for (const { volume } of (await volumesOf(files)).filter(isMeant))
      await unlessMissing(engine.api.getVolume(volume).remove());
  }

  return {
    read: (files, take) =>
      deps.inTurn(files.workspaceId, async () => {
        const found = await volumesOf(files);
        const volumes = found.filter(({ revision }) => revision === files.revision);
        await frozen(files.workspaceId, () =>
          withVolumes(engine, { volumes, user: files.user }, async (container) => {
            for (const { part } of volumes) {
              const stream = await container.getArchive({ path: `${MOUNTS}/${part}/.` });
              await take({ name: part, archive: Readable.from(stream) });
            }
          }),
        );
      }),

    write: (files, parts) =>
      deps.inTurn(files.workspaceId, async () => {
        await removeWhere(files, ({ revision }) => revision === files.revision);
        for await (const part of parts) await fill(files, part);
      }),

    keepOnly: (files) =>
      deps.inTurn(files.workspaceId, () =>
        removeWhere(files, ({ revision }) => revision !== files.revision),
      ),
  };
}

interface Lent {
  readonly volumes: readonly Pick<KeptVolume, 'volume' | 'part'>[];
  /** Podman says of files that are not of root that they are of the container's user. */
  readonly user?: string | undefined;
}

/** An image without anything in it lends the container, so that no other has to be there. */
async function withVolumes(
  { api }: Engine,
  { volumes, user }: Lent,
  work: (container: Docker.Container) => Promise<unknown>,
): Promise<void> {
  const image = await importEmptyImage(api);
  try {
    const container = await api.createContainer({
      Image: image,
      Cmd: ['never'],
      ...(user !== undefined && { User: user }),
      HostConfig: {
        Mounts: volumes.map(({ volume, part }) => ({
          Type: 'volume',
          Source: volume,
          Target: `${MOUNTS}/${part}`,
        })),
      },
    });
    try {
      await work(container);
    } finally {
      await removeContainer(container);
    }
  } finally {
    // Another copy may have made the same, and still need it: who is last removes it.
    await api
      .getImage(image)
      .remove()
      .catch(() => undefined);
  }
}

async function importEmptyImage(api: Docker): Promise<string> {
  const progress = await api.importImage(Readable.from(tarOf([])));
  let last: string | undefined;
  for await (const line of linesOf(progress)) last = line;
  return ImportedSchema.parse(JSON.parse(last ?? '{}')).status;
}
