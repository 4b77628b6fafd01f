import * as z from 'zod';
import type { Labels } from '../labels.ts';
import type { Objects } from './objects.ts';
import type { PodWatch } from './pod-watch.ts';
import { ObjectSchema } from './objects.ts';

/** A pod that has ended is looked for this often where the watch does not tell. */
const LOOK_MS = 1_000;

const SetSchema = ObjectSchema.extend({
  metadata: ObjectSchema.shape.metadata.extend({ generation: z.number() }),
  status: z
    .object({ observedGeneration: z.number().default(0), replicas: z.number().default(0) })
    .prefault({}),
});

interface Ending {
  readonly labels: Labels;
  readonly graceSeconds: number;
  readonly signal: AbortSignal;
}

/**
 * endPods resolves once nothing of a workspace runs: its node has said so. What makes pods has noticed that there shall
 * be none, and so makes no other one in the place of the last.
 */
export async function endPods(
  { objects, watch }: { objects: Objects; watch: PodWatch },
  { labels, graceSeconds, signal }: Ending,
): Promise<void> {
  const sets = await objects.list('StatefulSet', labels);
  for (const { metadata } of sets) await objects.scale(metadata.name, 0);
  for (const pod of await objects.list('Pod', labels))
    await objects.remove('Pod', pod, graceSeconds);
  const hasEnded = async () => {
    const pods = await objects.list('Pod', labels);
    if (pods.length > 0) return undefined;
    const left = await objects.listAs('StatefulSet', labels, SetSchema);
    const isSettled = left.every(
      ({ metadata, status }) =>
        status.observedGeneration >= metadata.generation && status.replicas === 0,
    );
    return isSettled || undefined;
  };
  await watch.until(hasEnded, { signal, everyMs: LOOK_MS });
}
