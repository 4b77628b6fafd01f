import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Database } from '@spt-flow/db/client';
import { AppError } from '@spt-flow/shared/domain/errors';
import { runInWorkspace, type AgentConnections } from '../agents/index.ts';
import type { LogLevel, Logs } from '../logs/index.ts';
import {
  settingsOf,
  type Furnishing,
  type FurnishingContext,
  type WorkspaceRow,
} from '../workspaces/index.ts';
import type { ServiceWatch } from '../providers/index.ts';
import { readConfigFiles } from './reading/index.ts';
import type { Applied } from './applied.ts';
import type { DockerEngine } from './images/index.ts';
import {
  createDevcontainersRepository,
  type DevcontainersRepository,
} from './devcontainers-repository.ts';
import { createHookRunner, type HookRunner } from './hooks/index.ts';
import { createPlanner, type Planner, type PlannerDeps } from './planning/index.ts';

/** A build shows its own progress; the transition's deadline only has to come later than any sensible one. */
const BUILD_LIMIT_SECONDS = 60 * 60;
const SERVICES_LIMIT_SECONDS = 10 * 60;
const DEADLINE_MARGIN_SECONDS = 60;
const INSPECT_LIMIT_MS = 20_000;
const CHANGED = 'The devcontainer changed since this container was made: rebuild the workspace';
const REMOVED = 'The devcontainer was removed since this container was made: rebuild the workspace';

export interface DevcontainersDeps extends Omit<PlannerDeps, 'agents' | 'engine'> {
  readonly db: Database;
  readonly agents: AgentConnections;
  readonly engine: DockerEngine;
  readonly logs: Pick<Logs, 'append'>;
  /** Starts the services beside a workspace. */
  readonly startServices: (workspaceId: string, watch: ServiceWatch) => Promise<void>;
  /** Names of the volumes that belong to whoever works in the workspace. */
  readonly volumesOf: (workspace: WorkspaceRow) => readonly string[];
  readonly onChanged: (workspaceId: string) => Promise<void>;
}

export interface Devcontainers {
  readonly furnishing: Furnishing;
  readonly repository: DevcontainersRepository;
  /** Runs what need not be waited for, each time a workspace became ready. */
  readonly onReady: (workspace: WorkspaceRow) => Promise<void>;
}

/** appliesTo is true for workspaces whose container a devcontainer may describe. */
export function appliesTo(workspace: WorkspaceRow): boolean {
  // Their images are made in the engine of this machine.
  const isHere = workspace.provider === 'docker' && workspace.hostId === null;
  return isHere && settingsOf(workspace).devcontainer;
}

/** createDevcontainers puts the feature together. */
export function createDevcontainers(deps: DevcontainersDeps): Devcontainers {
  const repository = createDevcontainersRepository(deps.db);
  const log = (workspace: WorkspaceRow, level: LogLevel, text: string): void => {
    const owner = { workspaceId: workspace.id, organizationId: workspace.organizationId };
    // A log that can't be written must not end what it tells of.
    deps.logs.append(owner, [{ source: 'devcontainer', level, text }]).catch(() => undefined);
  };
  const hooks = createHookRunner({ ...deps, repository, log });
  const furnishing = new DevcontainerFurnishing({
    ...deps,
    ...{ repository, log, hooks, planner: createPlanner(deps) },
  });
  return { furnishing, repository, onReady: hooks.runRest };
}

interface FurnishingDeps extends DevcontainersDeps {
  readonly repository: DevcontainersRepository;
  readonly planner: Planner;
  readonly hooks: HookRunner;
  readonly log: (workspace: WorkspaceRow, level: LogLevel, text: string) => void;
}

/** INVARIANT: the plan that is kept is the one that the next start goes by, and its files belong to its user. */
class DevcontainerFurnishing implements Furnishing {
  readonly #deps: FurnishingDeps;

  constructor(deps: FurnishingDeps) {
    this.#deps = deps;
  }

  async containerOf(workspace: WorkspaceRow) {
    if (!appliesTo(workspace)) return null;
    const { planned } = await this.#deps.repository.read(workspace.id);
    if (!planned) return null;
    const { image, services } = planned.container;
    const signal = AbortSignal.timeout(INSPECT_LIMIT_MS);
    const names = [...new Set([image, ...services.map((service) => service.image)])];
    const facts = await Promise.all(names.map((name) => this.#deps.engine.inspect(name, signal)));
    // What was removed from the engine is made anew, from a container as the settings say.
    return facts.every((one) => one !== undefined) ? planned.container : null;
  }

  async prepare(context: FurnishingContext) {
    const { workspace, container, run } = context;
    if (!appliesTo(workspace)) return null;
    const { repository } = this.#deps;
    const applied = await repository.read(workspace.id);
    try {
      const source = this.#source(context);
      const files = await readConfigFiles(source, applied.planned?.inputs);
      if (container && !applied.isRebuildWanted) {
        const isChanged = files?.hash !== applied.planned?.hash;
        const warnings = warned(isChanged && (files ? CHANGED : REMOVED));
        await this.#tellNews(workspace, applied, { isChanged, ...warnings });
        return null;
      }
      if (files) return await this.#another(context, { applied, files });
      // Without a devcontainer the container is as the settings say.
      await this.#tellNews(workspace, applied, { ...FRESH, planned: null });
      return container ? { undo: async () => undefined } : null;
    } catch (error) {
      run.signal.throwIfAborted();
      await this.#fail(workspace, error);
      return null;
    }
  }

  async finish(context: FurnishingContext): Promise<void> {
    const { workspace, run, container } = context;
    if (!container) return;
    try {
      if (container.services.length > 0 || container.command) await this.#startServices(context);
      await this.#deps.hooks.runBlocking(workspace, run);
    } catch (error) {
      run.signal.throwIfAborted();
      await this.#fail(workspace, error);
    }
  }

  async #startServices({ workspace, run }: FurnishingContext): Promise<void> {
    const { startServices, log } = this.#deps;
    await run.extendDeadline(SERVICES_LIMIT_SECONDS + DEADLINE_MARGIN_SECONDS);
    const late = AbortSignal.timeout(SERVICES_LIMIT_SECONDS * 1_000);
    const watch: ServiceWatch = {
      signal: AbortSignal.any([run.signal, late]),
      onLine: (service, line) => log(workspace, 'info', `${service} | ${line}`),
      onEnded: (service, how) => log(workspace, 'warn', `The service ${service} ${how}`),
    };
    try {
      await run.step('Start the services', () => startServices(workspace.id, watch));
    } catch (error) {
      run.signal.throwIfAborted();
      if (!late.aborted) throw error;
      throw new AppError(
        'devcontainer_failed',
        `The services were not there within ${SERVICES_LIMIT_SECONDS} seconds`,
        { cause: error },
      );
    }
  }

  async #another(
    context: FurnishingContext,
    {
      applied,
      files,
    }: { applied: Applied; files: NonNullable<Awaited<ReturnType<typeof readConfigFiles>>> },
  ) {
    const { workspace, run } = context;
    const { planner, engine, volumesOf, log } = this.#deps;
    const { isolation, egress } = settingsOf(workspace);
    const { id, name } = workspace;
    const described = { id, name, isolation, hasNetwork: egress === null };
    const { signal, correlationId } = run;
    const judged = await run.step('Check the devcontainer', async () =>
      planner.judge(described, files, { signal, correlationId }),
    );
    await run.extendDeadline(BUILD_LIMIT_SECONDS);
    const onLine = (line: string) => log(workspace, 'info', line);
    const title = judged.needs ? 'Build the image' : 'Get the image';
    const onProgress = (words: string) => run.rename(`${title} (${words})`);
    const { planned, owner } = await run.step(title, () =>
      planner.plan(described, judged, { signal, correlationId, onLine, onProgress }),
    );
    const read = await readConfigFiles(this.#source(context), planned.inputs);
    const hash = read?.hash ?? files.hash;
    const creation = creationOf(applied, hash);
    // What just started is new in all but what is kept, and so is a container that is made the same.
    if (isDeepStrictEqual(planned.container, context.container)) {
      await this.#tell(workspace, { ...FRESH, planned: { ...planned, hash, creation } });
      return null;
    }
    const before = await this.#ownerOf(context);
    const { image } = planned.container;
    const give = (to: string) =>
      engine.giveVolumes(volumesOf(workspace), { image, owner: to }, signal);
    await run.step('Hand the files over', () => give(owner));
    await this.#tell(workspace, { ...FRESH, planned: { ...planned, hash, creation } });
    return {
      undo: async (error: unknown) => {
        await give(before);
        await this.#tell(workspace, { ...applied, isRebuildWanted: false });
        await this.#fail(workspace, error);
      },
    };
  }

  /** As `chown` takes it. */
  async #ownerOf(context: FurnishingContext): Promise<string> {
    const { stdout } = await runInWorkspace(this.#deps.agents, context.workspace.id, {
      ...{ argv: ['stat', '-c', '%u:%g', '.'], timeoutMs: 20_000 },
      signal: context.run.signal,
    });
    return stdout.toString().trim();
  }

  #source({ workspace, run: { signal, correlationId } }: FurnishingContext) {
    return { agents: this.#deps.agents, workspaceId: workspace.id, signal, correlationId };
  }

  /** Only what a devcontainer did wrong is told and gone past; what else fails ends the start. */
  async #fail(workspace: WorkspaceRow, error: unknown): Promise<void> {
    if (!(error instanceof AppError)) throw error;
    const { code, message, details } = error;
    for (const line of message.split('\n')) this.#deps.log(workspace, 'error', line);
    const problem = { code, message, ...(details && { details }) };
    const warning = `${firstLine(message)}. Correct that, then rebuild the workspace`;
    await this.#tell(workspace, { problem, isRebuildWanted: false, ...warned(warning) });
  }

  /** Most starts find everything as it was. */
  async #tellNews(workspace: WorkspaceRow, applied: Applied, change: Partial<Applied>) {
    if (!isDeepStrictEqual({ ...applied, ...change }, applied)) await this.#tell(workspace, change);
  }

  async #tell(workspace: WorkspaceRow, change: Partial<Applied>): Promise<void> {
    await this.#deps.repository.change(workspace.id, change);
    await this.#deps.onChanged(workspace.id);
  }
}

/** What only had to be made again, e.g. because the engine lost its image, has run its commands. */
function creationOf({ planned, isRebuildWanted }: Applied, hash: string): string {
  return planned?.hash === hash && !isRebuildWanted ? planned.creation : randomUUID();
}

const FRESH = {
  problem: null,
  isChanged: false,
  isRebuildWanted: false,
  warnings: [],
} satisfies Partial<Applied>;

function warned(text: string | false): Pick<Applied, 'warnings'> {
  return { warnings: text === false ? [] : [text] };
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message;
}
