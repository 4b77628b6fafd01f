import * as z from 'zod';
import type { Labels } from '../../labels.ts';
import { ask, type Engine } from '../engine/engine.ts';
import { listOwned } from './owned.ts';

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

/** Images and build caches, which are of no interest, are left out by engines that can. */
const USAGE_QUERY = { verbose: 1, type: ['volume', 'container'] };

/** diskUseIn measures what workspaces with all the labels take: their volumes, and what their containers wrote beside them. */
export async function diskUseIn(engine: Engine, labels: Labels): Promise<Map<string, number>> {
  const owned = await listOwned(engine, labels);
  const sizes = sizesIn(await ask(engine.api, '/system/df', USAGE_QUERY));
  const used = new Map<string, number>();
  for (const { workspaceId, key } of owned)
    used.set(workspaceId, (used.get(workspaceId) ?? 0) + (sizes.get(key) ?? 0));
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
