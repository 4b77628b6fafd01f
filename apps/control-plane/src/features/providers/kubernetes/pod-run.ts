import { createDeferred } from '@spt-flow/tunnel/deferred';
import type { ClusterClient } from './cluster-client.ts';
import type { Limited } from './pod-words.ts';
import { followLog } from './pod-log.ts';
import type { Pod } from './pod.ts';

/** PodRun is one pod whose agent works, until it ended. */
export interface PodRun {
  readonly podUid: string;
  readonly limits: Limited;
  readonly ended: Promise<string>;
  /** What its agent wrote last. */
  readonly lines: readonly string[];
  settle(cause: string): void;
  /** Nobody listens to it any more. */
  release(): void;
}

export function createPodRun(
  client: ClusterClient,
  { pod, podPath, limits }: { pod: Pod; podPath: string; limits: Limited },
): PodRun {
  const { promise: ended, resolve } = createDeferred<string>();
  const following = new AbortController();
  return {
    podUid: pod.metadata.uid,
    ...{ limits, ended },
    lines: followLog(client, podPath, following.signal),
    release: () => following.abort(),
    settle(cause) {
      following.abort();
      resolve(cause);
    },
  };
}
