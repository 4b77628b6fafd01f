import type Docker from 'dockerode';
import * as z from 'zod';
import type { Engine } from '../engine/engine.ts';
import { LABELS, type Labels } from '../../labels.ts';
import { filterFor } from '../engine/label-filters.ts';
import { listVolumes } from './volumes.ts';

/** Engines do not know it of what is not their own: then it is absent, or -1. */
const SizeSchema = z.number().min(0).default(0).catch(0);
/** Labels are told by some engines only. */
const VolumesSchema = z.array(
  z.object({ Name: z.string(), UsageData: z.object({ Size: SizeSchema }).nullish() }),
);
const ContainersSchema = z.array(z.object({ Id: z.string(), SizeRw: SizeSchema }));
const DiskUsageSchema = z.union([
  z.object({ Volumes: VolumesSchema.nullable(), Containers: ContainersSchema.nullable() }),
  // Docker's API since 1.52.
  z
    .object({
      VolumesDiskUsage: z.object({ Items: VolumesSchema.nullish() }),
      ContainersDiskUsage: z.object({ Items: ContainersSchema.nullish() }),
    })
    .transform(({ VolumesDiskUsage, ContainersDiskUsage }) => ({
      Volumes: VolumesDiskUsage.Items,
      Containers: ContainersDiskUsage.Items,
    })),
]);

/** diskUseIn measures what workspaces with all the labels take: their volumes, and what their containers wrote beside them. */
export async function diskUseIn(engine: Engine, labels: Labels): Promise<Map<string, number>> {
  const filters = JSON.stringify(filterFor(labels));
  const containers = await engine.api.listContainers({ all: true, filters });
  const volumes = await listVolumes(engine, labels);
  const sizes = sizesIn(await askUsage(engine.api));
  const used = new Map<string, number>();
  for (const { name, owner } of [
    ...volumes.map((one) => ({ name: one.name, owner: one.labels })),
    ...containers.map((one) => ({ name: one.Id, owner: one.Labels })),
  ]) {
    const workspaceId = owner[LABELS.workspace];
    if (workspaceId === undefined) continue;
    used.set(workspaceId, (used.get(workspaceId) ?? 0) + (sizes.get(name) ?? 0));
  }
  return used;
}

/** sizesIn reads the engine's answer: bytes by the name of a volume or the id of a container. */
export function sizesIn(answer: unknown): Map<string, number> {
  const { Volumes: volumes, Containers: containers } = DiskUsageSchema.parse(answer);
  return new Map([
    ...(volumes ?? []).map((one) => [one.Name, one.UsageData?.Size ?? 0] as const),
    ...(containers ?? []).map((one) => [one.Id, one.SizeRw] as const),
  ]);
}

/** Images and build caches, which are of no interest, are left out by engines that can. */
function askUsage({ modem }: Docker): Promise<unknown> {
  const _query = { verbose: 1, type: ['volume', 'container'] };
  const call = { path: '/system/df?', method: 'GET', options: { _query } };
  return new Promise((resolve, reject) => {
    modem.dial({ ...call, statusCodes: { 200: true, 500: 'server error' } }, (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
  });
}
