import * as z from 'zod';
import { LABELS } from '../labels.ts';
import { MAIN_CONTAINER, MEMORY_ANNOTATION, RUN_ANNOTATION } from './names.ts';

const TerminatedSchema = z.object({
  exitCode: z.number(),
  reason: z.string().default(''),
  message: z.string().default(''),
});
const StateSchema = z.object({
  waiting: z.object({ reason: z.string().default(''), message: z.string().default('') }).optional(),
  running: z.object({}).optional(),
  terminated: TerminatedSchema.optional(),
});
const ContainerSchema = z.object({
  name: z.string(),
  image: z.string().default(''),
  restartCount: z.number().default(0),
  state: StateSchema.default({}),
  lastState: StateSchema.default({}),
});
const ConditionSchema = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(''),
  message: z.string().default(''),
});

/** What is read of a pod: whatever else it has is Kubernetes' own business. */
export const PodSchema = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.object({ nodeName: z.string().optional() }),
  status: z
    .object({
      phase: z.string().default('Pending'),
      reason: z.string().default(''),
      message: z.string().default(''),
      conditions: z.array(ConditionSchema).default([]),
      initContainerStatuses: z.array(ContainerSchema).default([]),
      containerStatuses: z.array(ContainerSchema).default([]),
    })
    .prefault({}),
});
export type Pod = z.infer<typeof PodSchema>;
export type ContainerStatus = z.infer<typeof ContainerSchema>;

export const PodListSchema = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  items: z.array(PodSchema),
});

export function workspaceOfPod({ metadata }: Pod): string | undefined {
  return metadata.labels[LABELS.workspace];
}

/** runOf tells one start of a workspace from the others. */
export function runOf({ metadata }: Pod): string | undefined {
  return metadata.annotations[RUN_ANNOTATION];
}

export function memoryBytesOf({ metadata }: Pod): number {
  return Number(metadata.annotations[MEMORY_ANNOTATION] ?? 0);
}

export function mainOf({ status }: Pod): ContainerStatus | undefined {
  return status.containerStatuses.find(({ name }) => name === MAIN_CONTAINER);
}

/** isRunning: its agent works, and nobody is about to end it. */
export function isRunning(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && mainOf(pod)?.state.running !== undefined;
}

export function conditionOf({ status }: Pod, type: string) {
  return status.conditions.find((condition) => condition.type === type);
}
