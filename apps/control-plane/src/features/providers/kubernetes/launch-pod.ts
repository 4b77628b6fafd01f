import { AppError } from '@spt-flow/shared/domain/errors';
import { createRefusal } from './api-error.ts';
import type { ClusterClient } from './cluster-client.ts';
import { createEventReader } from './creation-events.ts';
import { nameOf } from './names.ts';
import type { Objects } from './objects.ts';
import type { PodWatch } from './pod-watch.ts';
import { failureOf, waitOf, type Limited, type Wait } from './pod-words.ts';
import { isRunning, runOf, type Pod } from './pod.ts';

/** Pods change by events of the watch; what keeps them from being made is asked for. */
const LOOK_MS = 1_000;
/** Clusters that add nodes take minutes for it. */
const ROOM_LIMIT_MS = 180_000;
/** Fetching a large image takes minutes too; the token of the agent is good for ten. */
export const START_LIMIT_SECONDS = 540;

export interface LaunchDeps {
  readonly client: ClusterClient;
  readonly objects: Objects;
  readonly watch: PodWatch;
  readonly roomLimitMs?: number | undefined;
}

export interface Launch {
  readonly workspaceId: string;
  readonly runId: string;
  readonly limits: Limited;
  readonly signal: AbortSignal;
  readonly onProgress: (words: string) => void;
}

/** createPodLauncher returns what waits for the pod of a start; AppError: why it won't come, as far as the cluster says. */
export function createPodLauncher(deps: LaunchDeps) {
  const { objects, watch, roomLimitMs = ROOM_LIMIT_MS } = deps;
  const readEvents = createEventReader(deps.client, objects);

  return async ({ workspaceId, runId, limits, signal, onProgress }: Launch): Promise<Pod> => {
    const name = nameOf(workspaceId);
    const newEvents = await readEvents(name);
    const limit = AbortSignal.timeout(START_LIMIT_SECONDS * 1_000);
    const roomLimit = AbortSignal.timeout(roomLimitMs);
    let wait: Wait | undefined;
    const look = async (): Promise<Pod | undefined> => {
      const pod = watch.podsOf(workspaceId).find((one) => runOf(one) === runId);
      if (pod && isRunning(pod)) return pod;
      const failure = pod ? failureOf(pod, limits) : refusalAmong(await newEvents());
      if (failure) throw failure;
      const next = waitOf(pod);
      if (next.words !== wait?.words) onProgress(next.words);
      wait = next;
      if (limit.aborted || (next.isForRoom && roomLimit.aborted))
        throw new AppError(next.code, `${next.words}. That takes too long`);
      return undefined;
    };
    await objects.scale(name, 1);
    return watch.until(look, { signal, everyMs: LOOK_MS });
  };
}

function refusalAmong(events: readonly { reason: string; message: string }[]) {
  const refused = events.find(({ reason }) => reason === 'FailedCreate');
  return refused && createRefusal(refused.message);
}
