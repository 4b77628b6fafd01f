import { AppError } from '@spt-flow/shared/domain/errors';
import type { WorkspaceFiles } from '../../provider.ts';
import { labelsOf, selectorOf } from '../../labels.ts';
import type { ClusterClient } from '../cluster-client.ts';
import { nameOf } from '../names.ts';
import type { Manifest, Objects } from '../objects.ts';
import type { PodWatch } from '../pod-watch.ts';
import { failureOf, waitOf } from '../pod-words.ts';
import type { Pod } from '../pod.ts';
import type { PodInput } from '../settings.ts';
import { basicsOf, CONTAINER_SECURITY, filesOf } from '../stateful-set.ts';
import { runInPod, type PodCommand } from './pod-command.ts';

const CONTAINER = 'copy';
/** Where the whole volume is, in the pod that copies. */
export const PARTS = '/parts';
const MEMORY_BYTES = 256 * 1024 * 1024;
/** It writes nothing but to the volume. */
const DISK = { 'ephemeral-storage': '64Mi' };
/** One that nobody ends any more, because the control plane was killed, ends itself. */
const LONGEST_SECONDS = 6 * 60 * 60;
const START_LIMIT_MS = 180_000;
const LOOK_MS = 500;
const SHORTEST_GRACE_SECONDS = 1;

export interface CopyPodDeps extends PodInput {
  readonly client: ClusterClient;
  readonly objects: Objects;
  readonly watch: PodWatch;
  readonly installationId: string;
}

/** Runs a program in the pod that has the volume. */
export type Run = (...argv: string[]) => Promise<PodCommand>;

/**
 * withCopyPod lends a pod that has the volume of a workspace and nothing of it runs in; `beside` is a pod that has it
 * already, since most volumes can be on one node at a time. What was left by another is removed first.
 */
export async function withCopyPod<T>(
  deps: CopyPodDeps,
  { files, beside }: { files: WorkspaceFiles; beside: Pod | undefined },
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const { client, objects } = deps;
  const manifest = podOf(deps, files, beside);
  const { name } = manifest.metadata;
  await untilGone(deps, files.workspaceId, name);
  await objects.create(manifest);
  try {
    await untilRunning(deps, files.workspaceId, name);
    const place = { podPath: objects.path('Pod', name), container: CONTAINER };
    return await work((...argv) => runInPod(client, place, argv));
  } finally {
    // What can't be removed now is removed before the next start.
    await remove(deps, files.workspaceId, name).catch(() => undefined);
  }
}

async function untilGone(deps: CopyPodDeps, workspaceId: string, name: string): Promise<void> {
  const limit = AbortSignal.timeout(START_LIMIT_MS);
  const isGone = async () => {
    if ((await remove(deps, workspaceId, name)) === 0) return true;
    if (!limit.aborted) return undefined;
    throw new AppError('backup_failed', `The pod "${name}" of an earlier copy does not end`);
  };
  await deps.watch.until(isGone, { signal: new AbortController().signal, everyMs: LOOK_MS });
}

function untilRunning(
  { watch }: Pick<CopyPodDeps, 'watch'>,
  workspaceId: string,
  name: string,
): Promise<true> {
  const limit = AbortSignal.timeout(START_LIMIT_MS);
  const look = () => {
    const pod = watch.podsOf(workspaceId).find(({ metadata }) => metadata.name === name);
    const failure = pod && failureOf(pod, { memoryBytes: MEMORY_BYTES });
    if (failure) throw failure;
    const [container] = pod?.status.containerStatuses ?? [];
    if (container?.state.running !== undefined) return true as const;
    if (!limit.aborted) return undefined;
    const { code, words } = waitOf(pod);
    throw new AppError(code, `The files are not copied. ${words}. That takes too long`);
  };
  return watch.until(look, { signal: new AbortController().signal, everyMs: LOOK_MS });
}

/** How many there are yet; the program in it can't be asked to end. */
async function remove(
  { objects, installationId }: Pick<CopyPodDeps, 'objects' | 'installationId'>,
  workspaceId: string,
  name: string,
): Promise<number> {
  const pods = await objects.list('Pod', selectorOf(installationId, workspaceId));
  const found = pods.filter(({ metadata }) => metadata.name === name);
  for (const pod of found) await objects.remove('Pod', pod, SHORTEST_GRACE_SECONDS);
  return found.length;
}

function podOf(
  { settings, defaultImage, installationId: installation }: CopyPodDeps,
  { workspaceId: workspace, projectId: project }: WorkspaceFiles,
  beside: Pod | undefined,
): Manifest {
  return {
    kind: 'Pod',
    metadata: {
      name: `${nameOf(workspace)}-copy`,
      labels: labelsOf({ installation, project, workspace }),
    },
    spec: {
      ...basicsOf(settings),
      ...{ restartPolicy: 'Never', activeDeadlineSeconds: LONGEST_SECONDS },
      ...(beside && { affinity: onNodeOf(beside) }),
      containers: [
        {
          ...{ name: CONTAINER, image: defaultImage, imagePullPolicy: 'IfNotPresent' },
          command: ['/bin/sh', '-c', `exec sleep ${LONGEST_SECONDS}`],
          securityContext: CONTAINER_SECURITY,
          resources: {
            // A quota may ask each pod for all of them.
            requests: { cpu: '100m', memory: String(MEMORY_BYTES / 4), ...DISK },
            limits: { cpu: '1', memory: String(MEMORY_BYTES), ...DISK },
          },
          volumeMounts: [{ name: 'files', mountPath: PARTS }],
        },
      ],
      volumes: [filesOf(workspace)],
    },
  };
}

function onNodeOf({ metadata }: Pod) {
  const matchLabels = { 'statefulset.kubernetes.io/pod-name': metadata.name };
  const term = { labelSelector: { matchLabels }, topologyKey: 'kubernetes.io/hostname' };
  return { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
}
