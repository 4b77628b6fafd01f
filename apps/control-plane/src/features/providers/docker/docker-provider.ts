import type Docker from 'dockerode';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { PlaceLack } from '@spt-flow/shared/domain/places';
import { createExclusive } from '../../../lib/exclusive.ts';
import { unlessAborted, within } from '../../../lib/abort.ts';
import type {
  PullWatch,
  StartedWorkspace,
  WorkspaceCopies,
  WorkspaceProvider,
  WorkspaceSpec,
} from '../provider.ts';
import { createAgentProgramFinder } from './images/agent-program.ts';
import { createContainerMaker } from './containers/container-maker.ts';
import { createEngineReturn } from './engine/engine-return.ts';
import { containerName } from './containers/container-options.ts';
import {
  adoptContainer,
  endOf,
  isOutdated,
  type ContainerRun,
} from './containers/container-run.ts';
import { listOwn } from './containers/containers.ts';
import { createDockerCopies } from './files/copies.ts';
import { diskUseIn } from './files/disk-use.ts';
import { createKindReader, describe, type KindReader } from './engine/engine-kind.ts';
import { EngineWatch } from './engine/engine-watch.ts';
import {
  openEngine,
  openEngineElsewhere,
  removeContainer,
  toAppError,
  unlessMissing,
  type Engine,
} from './engine/engine.ts';
import { createImages, type Images } from './images/images.ts';
import { kvmProblem } from './containers/kvm.ts';
import { createContainerLauncher } from './launch-container.ts';
import { createHostSite } from './site/host-site.ts';
import { createOwnSite } from './site/own-site.ts';
import type { Site } from './site/site.ts';
import { createLeftovers, type Leftovers } from './leftovers.ts';
import { selectorOf, type Labels } from '../labels.ts';
import { createNetworks, type Networks } from './network/networks.ts';
import { presentIn } from './files/present.ts';
import type {
  ContainerOptions,
  DockerProviderOptions,
  HostProviderOptions,
  Surroundings,
} from './provider-options.ts';
import { checkPlan } from './containers/plan-policy.ts';
import { createOwnership } from './containers/preparation.ts';
import { pullImage } from './images/pull.ts';
import type { Services, ServiceWatch } from './services/services.ts';
import { removeVolumes } from './files/volumes.ts';

/** Whoever asks whether the engine is there wants to go on. */
const PRESENCE_LIMIT_MS = 1_000;

export interface DockerProvider extends WorkspaceProvider {
  /** What the engine says of itself, for people; AppError `engine_unavailable`. */
  describeEngine(): Promise<string>;
  pullImage(name: string, watch: PullWatch): Promise<void>;
  /** Starts what belongs beside a workspace that runs; AppError `devcontainer_failed`: one that is waited for fails. */
  startServices(workspaceId: string, watch: ServiceWatch): Promise<void>;
}

/** createDockerProvider runs workspaces as containers of an engine on this machine; nothing is connected before it is needed. */
export function createDockerProvider(options: DockerProviderOptions): DockerProvider {
  return new ContainerProvider(options, {
    engine: openEngine(options),
    site: createOwnSite(options),
    virtualizationProblem: kvmProblem,
  });
}

/** createHostProvider does the same in the engine of another machine, where they go on while no control plane runs. */
export function createHostProvider(options: HostProviderOptions): DockerProvider {
  return new ContainerProvider(options, {
    engine: openEngineElsewhere(options),
    site: createHostSite(options),
    virtualizationProblem: () => 'Virtual machines can’t run inside of workspaces on servers',
    lacks: ['devcontainers', 'egress'],
    onEnded: options.onEnded,
  });
}

/** INVARIANTS: at most one container per workspace; what is asked of one workspace is done in turn. */
class ContainerProvider implements DockerProvider {
  readonly ownsMachine = true;
  readonly virtualizationProblem: () => string | undefined;
  readonly lacks: readonly PlaceLack[];
  readonly outlivesControlPlane: boolean;
  readonly nameOwner?: NonNullable<Site['nameOwner']>;
  readonly maxGpus: number;
  readonly copies: WorkspaceCopies;
  readonly #options: ContainerOptions;
  readonly #site: Site;
  readonly #onEnded: Surroundings['onEnded'];
  readonly #engine: Engine;
  readonly #images: Images;
  readonly #networks: Networks;
  readonly #watch: EngineWatch;
  readonly #kind: KindReader;
  readonly #launch: ReturnType<typeof createContainerLauncher>;
  readonly #leftovers: Leftovers;
  readonly untilAvailable: (signal: AbortSignal) => Promise<void>;
  readonly #runs = new Map<string, ContainerRun>();
  readonly #services = new Map<string, Services>();
  readonly #ownership = createOwnership();
  readonly #turns = createExclusive();
  /** Runs that are asked about, and whether once more. */
  readonly #looks = new Map<ContainerRun, boolean>();
  #starting = 0;

  constructor(options: ContainerOptions, { engine, site, ...surroundings }: Surroundings) {
    const { installationId } = options;
    this.virtualizationProblem = surroundings.virtualizationProblem;
    this.lacks = surroundings.lacks ?? [];
    this.outlivesControlPlane = surroundings.onEnded !== undefined;
    if (site.nameOwner) this.nameOwner = site.nameOwner;
    this.#site = site;
    this.#onEnded = surroundings.onEnded;
    this.#options = options;
    this.maxGpus = options.caps.gpus ?? 0;
    this.#engine = engine;
    this.#kind = createKindReader(engine);
    this.#networks = createNetworks(engine, installationId);
    this.copies = createDockerCopies({
      ...{ engine, installationId },
      inTurn: (workspaceId, work) => {
        this.#ownership.forget(workspaceId);
        return this.#inTurn(workspaceId, work);
      },
      runOf: (workspaceId) => this.#runs.get(workspaceId),
    });
    this.#images = createImages({
      ...{ engine, installationId },
      findAgent: createAgentProgramFinder(options.agentDirectory),
    });
    this.#launch = createContainerLauncher({
      ...{ options, engine, images: this.#images, networks: this.#networks },
      ...{ kind: this.#kind, ownership: this.#ownership },
      containerMaker: createContainerMaker(options.caps),
      site,
    });
    this.#leftovers = createLeftovers(engine, {
      labels: this.#labels(),
      onRemoved: async () => {
        for (const workspaceId of this.#runs.keys()) await this.#forget(workspaceId);
      },
    });
    this.untilAvailable = createEngineReturn(engine);
    this.#watch = new EngineWatch({
      engine,
      labels: this.#labels(),
      onEvent: (containerId) => this.#look((run) => run.container.id === containerId),
      onConnected: () => {
        this.#kind.forget();
        this.#look(() => true);
      },
    });
  }

  get warnings(): readonly string[] {
    return this.#kind.known.warnings;
  }

  get awaySince(): Date | undefined {
    return this.#engine.awaySince;
  }

  answers(): Promise<boolean> {
    return within(PRESENCE_LIMIT_MS, this.#engine.api.ping()).then(
      () => true,
      () => false,
    );
  }

  plan(name: string): string[] {
    return [`Create the workspace "${name}" in a container`];
  }

  /** An engine that does not answer is told of by the start. */
  async missingImage({ image }: WorkspaceSpec['settings']): Promise<string | undefined> {
    const name = image ?? this.#options.defaultImage;
    const isPresent = await this.#images.isPresent(name).catch(() => true);
    return isPresent ? undefined : name;
  }

  pullImage(name: string, watch: PullWatch): Promise<void> {
    const { pullStallMs: stallMs } = this.#options;
    return this.#answer(() => pullImage(this.#engine.api, { ...watch, name, stallMs }));
  }

  start(
    spec: WorkspaceSpec,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<StartedWorkspace> {
    return this.#inTurn(spec.workspaceId, async () => {
      if (spec.container) checkPlan(spec.container, spec.settings.isolation);
      this.#starting += 1;
      try {
        return await this.#restart(spec, signal);
      } finally {
        this.#starting -= 1;
        this.#closeUnused();
      }
    });
  }

  async #restart(spec: WorkspaceSpec, signal: AbortSignal): Promise<StartedWorkspace> {
    // Others may wait for the same: only the wait for it ends.
    await unlessAborted(this.#open(), signal);
    await this.#end(spec.workspaceId, 0, this.#engine.until(signal));
    const { run, services } = await this.#launch(spec, signal);
    this.#runs.set(spec.workspaceId, run);
    if (services) this.#services.set(spec.workspaceId, services);
    void run.ended.then(() => this.#endServices(spec.workspaceId, run));
    // It may have ended before anybody could have known it by its event.
    this.#look((other) => other === run);
    return {
      warnings: this.warnings,
      state: { containerId: run.container.id, user: run.user },
      ended: run.ended,
    };
  }

  async #open(): Promise<void> {
    await this.#watch.open();
    await this.#leftovers.removeDue();
  }

  stop(workspaceId: string, { graceMs }: { graceMs: number }): Promise<void> {
    return this.#inTurn(workspaceId, () => this.#end(workspaceId, graceMs));
  }

  delete(workspaceId: string): Promise<void> {
    return this.#inTurn(workspaceId, async () => {
      await this.#end(workspaceId, 0);
      this.#ownership.forget(workspaceId);
      const projects = await removeVolumes(this.#engine, this.#labels(workspaceId));
      for (const project of projects) await this.#networks.release(project);
      await this.#site.forget(workspaceId);
    });
  }

  async inspect(workspaceId: string): Promise<'running' | 'absent'> {
    return this.#answer(async () => {
      const run = this.#runs.get(workspaceId) ?? (await this.#adopt(workspaceId));
      return run && (await endOf(run)) === undefined ? 'running' : 'absent';
    });
  }

  /** What a process before this one left running; undefined: nothing, or something is being done about it. */
  async #adopt(workspaceId: string): Promise<ContainerRun | undefined> {
    const onEnded = this.#onEnded;
    if (!onEnded || this.#turns.isBusy(workspaceId)) return undefined;
    const { api } = this.#engine;
    const labels = this.#labels(workspaceId);
    const run = await adoptContainer(api, containerName(workspaceId), labels);
    if (!run) return undefined;
    await this.#watch.open();
    if (this.#turns.isBusy(workspaceId)) return undefined;
    const other = this.#runs.get(workspaceId);
    if (other) return other;
    this.#runs.set(workspaceId, run);
    void run.ended.then((cause) => onEnded(workspaceId, cause));
    return run;
  }

  async diskUse(): Promise<Map<string, number>> {
    // What does not run does not grow, and an engine that nobody uses is left alone.
    if (this.#runs.size === 0) return new Map();
    const used = await this.#answer(() => diskUseIn(this.#engine, this.#labels()));
    // Another machine says it of its own workspaces, and of no others.
    const isOurs = (id: string) => !this.#engine.isElsewhere || this.#runs.has(id);
    return new Map([...used].filter(([id]) => isOurs(id)));
  }

  async isOutdated(workspaceId: string): Promise<boolean> {
    const run = this.#runs.get(workspaceId);
    if (!run) return false;
    return this.#answer(() => isOutdated(this.#engine.api, run));
  }

  logs = (workspaceId: string): readonly string[] => this.#runs.get(workspaceId)?.lines ?? [];

  present(): Promise<Map<string, string[]>> {
    return this.#answer(() => presentIn(this.#engine, this.#labels()));
  }

  /** An engine that does not answer must not keep the control plane from starting: it is done once it does. */
  async reap(spared: ReadonlySet<string> = new Set()): Promise<number> {
    if (this.outlivesControlPlane) return 0;
    return this.#answer(() => this.#leftovers.remove(spared)).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'engine_unavailable') return 0;
      throw error;
    });
  }

  /** Not in turn with the rest: a stop must not wait for a service that never becomes healthy. */
  startServices(workspaceId: string, watch: ServiceWatch): Promise<void> {
    return this.#answer(async () => this.#services.get(workspaceId)?.start(watch));
  }

  describeEngine = (): Promise<string> => this.#answer(() => describe(this.#engine));

  async #end(workspaceId: string, graceMs: number, api = this.#engine.api): Promise<void> {
    const run = this.#runs.get(workspaceId);
    this.#services.get(workspaceId)?.close();
    const stop = (container: Docker.Container) =>
      unlessMissing(container.stop({ t: Math.ceil(graceMs / 1_000) }));
    if (run && graceMs > 0) await stop(run.container);
    const left = await listOwn(api, this.#labels(workspaceId));
    // What the workspace's own processes use ends after them.
    if (graceMs > 0) await Promise.all(left.map(stop));
    for (const container of left) await removeContainer(container);
    await this.#forget(workspaceId);
  }

  /** Services end with the workspace, also where nobody asked for its end. */
  async #endServices(workspaceId: string, run: ContainerRun): Promise<void> {
    const end = async () => {
      if (this.#runs.get(workspaceId) !== run) return;
      this.#services.get(workspaceId)?.close();
      for (const container of await listOwn(this.#engine.api, this.#labels(workspaceId)))
        if (container.id !== run.container.id) await removeContainer(container);
    };
    // What an engine that is away still has is removed by the next start.
    await this.#inTurn(workspaceId, end).catch(() => undefined);
  }

  async #forget(workspaceId: string): Promise<void> {
    const run = this.#runs.get(workspaceId);
    this.#runs.delete(workspaceId);
    this.#services.get(workspaceId)?.close();
    this.#services.delete(workspaceId);
    run?.settle('The workspace was stopped');
    await run?.close();
    this.#closeUnused();
  }

  #closeUnused(): void {
    if (this.#runs.size === 0 && this.#starting === 0) this.#watch.close();
  }

  /** Settles those that do not run any more. */
  #look(isMeant: (run: ContainerRun) => boolean): void {
    for (const run of this.#runs.values()) if (isMeant(run)) this.#lookAt(run);
  }

  /** One question at a time, and one more where it is asked meanwhile: engines may tell of thousands of events at once. */
  #lookAt(run: ContainerRun): void {
    const isAsked = this.#looks.has(run);
    this.#looks.set(run, isAsked);
    if (isAsked) return;
    const look = endOf(run).then(
      (cause) => cause !== undefined && run.settle(cause),
      // An engine that is away again is looked at anew when it is back.
      () => undefined,
    );
    void look.then(() => {
      const isAskedAgain = this.#looks.get(run);
      this.#looks.delete(run);
      if (isAskedAgain) this.#lookAt(run);
    });
  }

  #labels(workspaceId?: string): Labels {
    return selectorOf(this.#options.installationId, workspaceId);
  }

  #inTurn<T>(workspaceId: string, work: () => Promise<T>): Promise<T> {
    return this.#turns.run(workspaceId, () => this.#answer(work));
  }

  async #answer<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toAppError(error, this.#engine);
    }
  }
}
