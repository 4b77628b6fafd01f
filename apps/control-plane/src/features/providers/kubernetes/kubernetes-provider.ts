import { randomUUID } from 'node:crypto';
import { AppError } from '@spt-flow/shared/domain/errors';
import * as z from 'zod';
import { createExclusive } from '../../../lib/exclusive.ts';
import type {
  StartedWorkspace,
  WorkspaceCopies,
  WorkspaceProvider,
  WorkspaceSpec,
} from '../provider.ts';
import { selectorOf } from '../labels.ts';
import { readAccess, type AccessOptions } from './access.ts';
import { toAppError } from './api-error.ts';
import { createApiReturn } from './api-return.ts';
import { createBelongings, type Belongings } from './belongings.ts';
import { createClusterClient, type ClusterClient } from './cluster-client.ts';
import { endPods } from './end-pods.ts';
import { createKubernetesCopies } from './files/copies.ts';
import { createPodLauncher, START_LIMIT_SECONDS } from './launch-pod.ts';
import { createObjects, type Objects } from './objects.ts';
import { createPodRun, type PodRun } from './pod-run.ts';
import { PodWatch } from './pod-watch.ts';
import { endOf } from './pod-words.ts';
import { isRunning, memoryBytesOf, PodSchema, type Pod } from './pod.ts';
import type { ControlPlaneLink, PodInput } from './settings.ts';
import { limitsOfPod } from './stateful-set.ts';

/** Kubernetes takes none for "forget it at once, whatever still runs there". */
const SHORTEST_GRACE_SECONDS = 1;
const WARNING =
  'Workspaces on Kubernetes are always restricted, whatever isolation their template asks for: nobody is root in them.';

export interface KubernetesProviderOptions extends PodInput {
  /** Marks what this installation makes in the cluster, so that it is told from what others make. */
  readonly installationId: string;
  readonly access: AccessOptions;
  readonly link: ControlPlaneLink;
  /** One that ran before this process began has ended. */
  readonly onEnded: (workspaceId: string, cause: string) => void;
  /** How long one call to the API may take. */
  readonly callLimitMs?: number;
  readonly roomLimitMs?: number;
}

export interface KubernetesProvider extends WorkspaceProvider {
  /** What the cluster says of itself, for people; AppError `engine_unavailable`. */
  describeCluster(): Promise<string>;
}

/** createKubernetesProvider runs workspaces as pods of a cluster; nothing is connected before it is needed. */
export function createKubernetesProvider(options: KubernetesProviderOptions): KubernetesProvider {
  return new ClusterProvider(options);
}

/**
 * INVARIANTS: at most one pod per workspace; what is asked of one workspace is done in turn. Pods go on while no control
 * plane runs: the next one finds them.
 */
class ClusterProvider implements KubernetesProvider {
  readonly ownsMachine = true;
  readonly lacks = ['devcontainers', 'isolation', 'egress-hosts'] as const;
  readonly outlivesControlPlane = true;
  readonly startSeconds = START_LIMIT_SECONDS;
  readonly warnings = [WARNING];
  readonly maxGpus: number;
  readonly copies: WorkspaceCopies;
  readonly untilAvailable: (signal: AbortSignal) => Promise<void>;
  readonly #options: KubernetesProviderOptions;
  readonly #client: ClusterClient;
  readonly #objects: Objects;
  readonly #belongings: Belongings;
  readonly #watch: PodWatch;
  readonly #launch: ReturnType<typeof createPodLauncher>;
  readonly #runs = new Map<string, PodRun>();
  readonly #turns = createExclusive();
  /** Those that begin and are not among the runs yet. */
  #beginning = 0;

  constructor(options: KubernetesProviderOptions) {
    this.maxGpus = options.caps.gpus ?? 0;
    const { installationId, settings, callLimitMs, roomLimitMs } = options;
    const client = createClusterClient({
      openAccess: () => readAccess(options.access),
      callLimitMs,
    });
    const objects = createObjects(client, { namespace: settings.namespace, installationId });
    this.#options = options;
    this.#client = client;
    this.#objects = objects;
    this.#belongings = createBelongings(objects, options);
    this.#watch = new PodWatch({
      ...{ client, path: objects.path('Pod'), labels: selectorOf(installationId) },
      onChange: (workspaceId) => this.#look(workspaceId),
      onConnected: () => [...this.#runs.keys()].forEach((id) => this.#look(id)),
    });
    this.#launch = createPodLauncher({ client, objects, watch: this.#watch, roomLimitMs });
    this.copies = createKubernetesCopies({
      ...{ ...options, client, objects, watch: this.#watch, belongings: this.#belongings },
      inTurn: (workspaceId, work) => this.#inTurn(workspaceId, () => this.#watched(work)),
      podOf: (workspaceId) => this.#find(workspaceId),
    });
    this.untilAvailable = createApiReturn(client);
  }

  get awaySince(): Date | undefined {
    return this.#client.awaySince;
  }

  plan(name: string): string[] {
    const { namespace } = this.#options.settings;
    return [`Create the workspace "${name}" in the namespace "${namespace}" of the cluster`];
  }

  start(
    spec: WorkspaceSpec,
    signal: AbortSignal = new AbortController().signal,
    onProgress: (words: string) => void = () => undefined,
  ): Promise<StartedWorkspace> {
    return this.#inTurn(spec.workspaceId, async () => {
      assertReachable(this.#options.link);
      const limits = limitsOfPod({ spec, caps: this.#options.caps });
      const { workspaceId } = spec;
      const run = await this.#watched(async () => {
        await this.#end(workspaceId, 0, signal);
        const runId = randomUUID();
        await this.#belongings.prepare(spec, runId);
        const pod = await this.#launch({ workspaceId, runId, limits, signal, onProgress });
        return this.#keep(workspaceId, pod, limits);
      });
      const { uid, gid } = this.#options.settings;
      return {
        warnings: this.warnings,
        state: { podUid: run.podUid, user: `${uid}:${gid}` },
        ended: run.ended,
      };
    });
  }

  /** The watch goes on as long as somebody needs it. */
  async #watched<T>(work: () => Promise<T>): Promise<T> {
    this.#beginning += 1;
    try {
      await this.#watch.open();
      return await work();
    } finally {
      this.#beginning -= 1;
      this.#closeUnused();
    }
  }

  #closeUnused(): void {
    if (this.#runs.size === 0 && this.#beginning === 0) this.#watch.close();
  }

  stop(workspaceId: string, { graceMs }: { graceMs: number }): Promise<void> {
    return this.#inTurn(workspaceId, () => this.#end(workspaceId, graceMs));
  }

  delete(workspaceId: string): Promise<void> {
    return this.#inTurn(workspaceId, async () => {
      await this.#end(workspaceId, 0);
      await this.#belongings.remove(workspaceId);
    });
  }

  async inspect(workspaceId: string): Promise<'running' | 'absent'> {
    return this.#answer(async () => {
      const run = this.#runs.get(workspaceId);
      const pod = await this.#find(workspaceId);
      if (!pod) return 'absent';
      if (run?.podUid === pod.metadata.uid) return 'running';
      if (run || this.#turns.isBusy(workspaceId)) return 'absent';
      await this.#adopt(workspaceId, pod);
      return 'running';
    });
  }

  logs = (workspaceId: string): readonly string[] => this.#runs.get(workspaceId)?.lines ?? [];

  present(): Promise<Map<string, string[]>> {
    return this.#answer(() => this.#belongings.present());
  }

  /** Lets go of all pods and ends none: they outlive a control plane, and the next one knows what is wanted of each. */
  async reap(): Promise<number> {
    for (const run of this.#runs.values()) run.release();
    this.#runs.clear();
    this.#closeUnused();
    return 0;
  }

  describeCluster(): Promise<string> {
    return this.#answer(async () => {
      const answer = await this.#client.ask({ path: '/version' });
      const { gitVersion } = z.object({ gitVersion: z.string() }).parse(answer);
      const { namespace } = this.#options.settings;
      return `Kubernetes ${gitVersion} at ${this.#client.server}, namespace ${namespace}`;
    });
  }

  #keep(workspaceId: string, pod: Pod, limits: PodRun['limits']): PodRun {
    const podPath = this.#objects.path('Pod', pod.metadata.name);
    const run = createPodRun(this.#client, { pod, podPath, limits });
    this.#runs.set(workspaceId, run);
    // It may have ended before anybody knew it.
    this.#look(workspaceId);
    return run;
  }

  /** A control plane before this one, or another replica, started it. */
  async #adopt(workspaceId: string, pod: Pod): Promise<void> {
    const limits = { memoryBytes: memoryBytesOf(pod) };
    await this.#watched(async () => {
      // Somebody else who asked may have been faster.
      if (this.#runs.has(workspaceId)) return;
      const { ended } = this.#keep(workspaceId, pod, limits);
      void ended.then((cause) => this.#options.onEnded(workspaceId, cause));
    });
  }

  /** Undefined: it does not run. */
  async #find(workspaceId: string): Promise<Pod | undefined> {
    const labels = selectorOf(this.#options.installationId, workspaceId);
    const pods = await this.#objects.listAs('Pod', labels, PodSchema);
    return pods.find(isRunning);
  }

  /** Settles what does not run any more. */
  #look(workspaceId: string): void {
    const run = this.#runs.get(workspaceId);
    if (!run) return;
    const pods = this.#watch.podsOf(workspaceId);
    const cause = endOf(
      pods.find(({ metadata }) => metadata.uid === run.podUid),
      run.limits,
    );
    if (cause !== undefined) run.settle(cause);
  }

  async #end(
    workspaceId: string,
    graceMs: number,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<void> {
    const labels = selectorOf(this.#options.installationId, workspaceId);
    const graceSeconds = Math.max(SHORTEST_GRACE_SECONDS, Math.ceil(graceMs / 1_000));
    await endPods({ objects: this.#objects, watch: this.#watch }, { labels, graceSeconds, signal });
    this.#forget(workspaceId);
  }

  #forget(workspaceId: string): void {
    const run = this.#runs.get(workspaceId);
    this.#runs.delete(workspaceId);
    run?.settle('The workspace was stopped');
    this.#closeUnused();
  }

  #inTurn<T>(workspaceId: string, work: () => Promise<T>): Promise<T> {
    return this.#turns.run(workspaceId, () => this.#answer(work));
  }

  async #answer<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toAppError(error, this.#client);
    }
  }
}

/** Agents refuse what others could read on the way. */
function assertReachable({ url }: ControlPlaneLink): void {
  if (!url.startsWith('https:'))
    throw new AppError('https_required', 'Pods may not join over an address without https');
}
