import { rm } from 'node:fs/promises';
import path from 'node:path';
import type Docker from 'dockerode';
import { AppError } from '@spt-flow/shared/domain/errors';
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
import { endOf, isOutdated, type ContainerRun } from './containers/container-run.ts';
import { listOwn } from './containers/containers.ts';
import { createDockerCopies } from './files/copies.ts';
import { diskUseIn } from './files/disk-use.ts';
import { writeGitConfig } from './network/doors.ts';
import { createKindReader, describe, type KindReader } from './engine/engine-kind.ts';
import { EngineWatch } from './engine/engine-watch.ts';
import {
  openEngine,
  removeContainer,
  toAppError,
  unlessMissing,
  type Engine,
} from './engine/engine.ts';
import { createImages, type Images } from './images/images.ts';
import { kvmProblem } from './containers/kvm.ts';
import { createContainerLauncher, type LaunchOptions } from './launch-container.ts';
import { createLeftovers, type Leftovers } from './leftovers.ts';
import { selectorOf, type Labels } from '../labels.ts';
import { createNetworks, type Networks } from './network/networks.ts';
import { presentIn } from './files/present.ts';
import { checkPlan } from './containers/plan-policy.ts';
import { createOwnership } from './containers/preparation.ts';
import { pullImage } from './images/pull.ts';
import type { Services, ServiceWatch } from './services/services.ts';
import { removeVolumes } from './files/volumes.ts';

/** Whoever asks whether the engine is there wants to go on. */
const PRESENCE_LIMIT_MS = 1_000;

export interface DockerProviderOptions extends LaunchOptions {
  readonly dataDirectory: string;
  /** Where the build of the agent left its executables. */
  readonly agentDirectory: string;
  /** DOCKER_HOST among them. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How long one call to the engine may take. */
  readonly callLimitMs?: number;
  readonly pullStallMs?: number;
}

export interface DockerProvider extends WorkspaceProvider {
  /** What the engine says of itself, for people; AppError `engine_unavailable`. */
  describeEngine(): Promise<string>;
  pullImage(name: string, watch: PullWatch): Promise<void>;
  /** Starts what belongs beside a workspace that runs; AppError `devcontainer_failed`: one that is waited for fails. */
  startServices(workspaceId: string, watch: ServiceWatch): Promise<void>;
}

/** createDockerProvider runs workspaces as containers of an engine on this machine; nothing is connected before it is needed. */
export function createDockerProvider(options: DockerProviderOptions): DockerProvider {
  return new ContainerProvider(options);
}

/** INVARIANTS: at most one container per workspace; what is asked of one workspace is done in turn. */
class ContainerProvider implements DockerProvider {
  readonly ownsMachine = true;
  readonly virtualizationProblem = kvmProblem;
  readonly maxGpus: number;
  readonly copies: WorkspaceCopies;
  readonly #options: DockerProviderOptions;
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
  #starting = 0;

  constructor(options: DockerProviderOptions) {
    const { installationId } = options;
    const engine = openEngine(options);
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
      entranceOf: (workspaceId) => this.#entranceOf(workspaceId),
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
      await rm(this.#entranceOf(workspaceId), { recursive: true, force: true });
    });
  }

  async inspect(workspaceId: string): Promise<'running' | 'absent'> {
    const run = this.#runs.get(workspaceId);
    if (!run) return 'absent';
    return this.#answer(async () => ((await endOf(run)) === undefined ? 'running' : 'absent'));
  }

  async diskUse(): Promise<Map<string, number>> {
    // What does not run does not grow, and an engine that nobody uses is left alone.
    if (this.#runs.size === 0) return new Map();
    return this.#answer(() => diskUseIn(this.#engine, this.#labels()));
  }

  async isOutdated(workspaceId: string): Promise<boolean> {
    const run = this.#runs.get(workspaceId);
    if (!run) return false;
    return this.#answer(() => isOutdated(this.#engine.api, run));
  }

  logs = (workspaceId: string): readonly string[] => this.#runs.get(workspaceId)?.lines ?? [];

  nameOwner(workspaceId: string, owner: WorkspaceSpec['owner']): Promise<void> {
    return writeGitConfig(this.#entranceOf(workspaceId), owner);
  }

  present(): Promise<Map<string, string[]>> {
    return this.#answer(() => presentIn(this.#engine, this.#labels()));
  }

  /** An engine that does not answer must not keep the control plane from starting: it is done once it does. */
  async reap(spared: ReadonlySet<string> = new Set()): Promise<number> {
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
    for (const run of this.#runs.values()) {
      if (!isMeant(run)) continue;
      // An engine that is away again is looked at anew when it is back.
      void endOf(run).then(
        (cause) => cause !== undefined && run.settle(cause),
        () => undefined,
      );
    }
  }

  #labels(workspaceId?: string): Labels {
    return selectorOf(this.#options.installationId, workspaceId);
  }

  #entranceOf(workspaceId: string): string {
    return path.join(this.#options.dataDirectory, 'run', workspaceId);
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
