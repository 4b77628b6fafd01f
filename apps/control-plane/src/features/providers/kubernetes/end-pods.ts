import { AppError } from '@spt-flow/shared/domain/errors';
import * as z from 'zod';
import type { Labels } from '../labels.ts';
import { unlessMissing } from './api-error.ts';
import { ObjectSchema, type Objects } from './objects.ts';
import type { PodWatch } from './pod-watch.ts';

/** A pod that has ended is looked for this often where the watch does not tell. */
const LOOK_MS = 1_000;

/** Beyond what the pod itself is given: a node that works needs a second or two. */
const END_LIMIT_SECONDS = 20;
const STUCK =
  'The pod of the workspace does not end. Its node may be gone: an admin can say so with the taint node.kubernetes.io/out-of-service';

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
  for (const { metadata } of sets) await unlessMissing(objects.scale(metadata.name, 0));
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
  const limit = AbortSignal.timeout((graceSeconds + END_LIMIT_SECONDS) * 1_000);
  const giveUp = async () => {
    if (!limit.aborted) return hasEnded();
    throw new AppError('workspace_start_failed', STUCK);
  };
  await watch.until(giveUp, { signal, everyMs: LOOK_MS });
}
