import { setTimeout as delay } from 'node:timers/promises';
import { isLoopbackUrl } from '@spt-flow/tunnel/websocket/client';
import type { ChannelBinding } from '@spt-flow/tunnel/handshake/messages';
import { createDeferred } from '@spt-flow/tunnel/deferred';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { CoderSettings } from '@spt-flow/shared/domain/workspace-settings';
import type { AgentHub } from '../../agents/index.ts';
import type {
  JoinInstructions,
  StartedWorkspace,
  StopOptions,
  WorkspaceProvider,
  WorkspaceReport,
  WorkspaceSpec,
} from '../provider.ts';
import type { CoderClient } from './coder-client.ts';
import { changedParameters, parametersOf } from './coder-parameters.ts';
import type { CoderAgent, CoderWorkspace } from './coder-shapes.ts';
import { entranceScript } from './entrance-script.ts';
import { enterWorkspace } from './enter-workspace.ts';
import { followBuild, isActive } from './follow-build.ts';
import { readinessOf } from './readiness.ts';
import { createStatusWatch, type StatusWatch } from './status-watch.ts';
import { nameInCoder, workspaceIdOf } from './workspace-name.ts';

/** Machines of clouds take minutes, and a provisioner may have others before this one. */
const LIMIT_SECONDS = 45 * 60;
const POLL_MS = 2_000;
const PROGRAMS_PATH = '/agents/v1/programs';

const WARNINGS = [
  'This workspace is on a Coder server, where it belongs to the account of spt-flow: who administers that server can reach it, and its template decides about isolation, size and network.',
];
const SILENT: WorkspaceReport = { log: () => undefined, progress: () => undefined };

export interface CoderProviderOptions {
  readonly client: CoderClient;
  /** Of the Coder server. */
  readonly url: string;
  /** How agents there reach this control plane, and are bound to it. */
  readonly link: { readonly url: string; readonly channelBinding: ChannelBinding };
  readonly hub: Pick<AgentHub, 'sessionOf'>;
  readonly onError: (error: unknown) => void;
  /** Unset: as often as is fair to a server. */
  readonly pollMs?: number | undefined;
  readonly watchMs?: number | undefined;
}

/** createCoderProvider runs workspaces on an existing Coder server, by its templates. */
export function createCoderProvider(options: CoderProviderOptions): WorkspaceProvider {
  return new CoderProvider(options);
}

interface Begun {
  readonly workspace: CoderWorkspace;
  readonly isNew: boolean;
}

/** INVARIANT: what Coder knows of a workspace is asked of it each time; kept is only which start of it is ours. */
class CoderProvider implements WorkspaceProvider {
  readonly ownsMachine = true;
  readonly lacks = ['images', 'devcontainers', 'snapshots', 'isolation', 'egress'] as const;
  readonly isElsewhere = true;
  readonly outlivesControlPlane = true;
  readonly startSeconds = LIMIT_SECONDS;
  readonly endSeconds = LIMIT_SECONDS;
  readonly warnings = WARNINGS;
  readonly #options: CoderProviderOptions;
  readonly #client: CoderClient;
  readonly #watch: StatusWatch;
  readonly #pollMs: number;
  /** The builds in which our agents were started, by workspace. */
  readonly #started = new Map<string, string>();
  /** Those that were stopped from here. */
  readonly #stopped = new Set<string>();

  constructor(options: CoderProviderOptions) {
    const { client, onError, watchMs, pollMs = POLL_MS } = options;
    this.#options = options;
    this.#client = client;
    this.#pollMs = pollMs;
    this.#watch = createStatusWatch(client, {
      onError,
      ...(watchMs !== undefined && { intervalMs: watchMs }),
    });
  }

  plan(name: string): string[] {
    return [`Make the workspace "${name}" on the Coder server ${this.#options.url}`, ...WARNINGS];
  }

  async start(spec: WorkspaceSpec, signal?: AbortSignal): Promise<StartedWorkspace> {
    const { workspaceId, report = SILENT } = spec;
    const settings = settingsOf(spec);
    const name = nameInCoder(workspaceId);
    assertReachable(this.#options);
    this.#forget(workspaceId);
    this.#stopped.delete(workspaceId);
    const { workspace, isNew } = await this.#begin({ name, settings, report, signal });
    await followBuild(this.#client, workspace.latest_build.id, this.#following(report, signal));
    const { agent, warning } = await this.#whenReady(name, report, signal);
    const join = await spec.join();
    const script = entranceScript({
      ...{ workspaceId, programsUrl: `${this.#options.link.url}${PROGRAMS_PATH}` },
      settings: agentSettings(join, this.#options.link),
      environment: spec.settings.environment,
    });
    report.progress('start the agent in it');
    await enterWorkspace(this.#client, agent.id, { script, report, signal });
    const warnings = [...WARNINGS, ...(warning === undefined ? [] : [warning])];
    if (workspace.outdated)
      warnings.push('Its Coder template has a newer version: update the workspace in Coder');
    return {
      warnings,
      // What was there of it went with the workspace that was there before.
      state: { coder: name, ...(isNew && { seeded: false, filling: false }) },
      ended: this.#watchFor(workspaceId, workspace.latest_build.id),
    };
  }

  async stop(workspaceId: string, { report = SILENT }: StopOptions): Promise<void> {
    this.#forget(workspaceId);
    this.#stopped.add(workspaceId);
    const workspace = await this.#settled(nameInCoder(workspaceId), report);
    if (!workspace || workspace.latest_build.status === 'stopped') return;
    const build = await this.#client.createBuild(workspace.id, { transition: 'stop' });
    await followBuild(this.#client, build.id, this.#following(report));
  }

  async delete(workspaceId: string, report = SILENT): Promise<void> {
    this.#forget(workspaceId);
    this.#stopped.add(workspaceId);
    const workspace = await this.#settled(nameInCoder(workspaceId), report);
    if (!workspace || workspace.latest_build.status === 'deleted') return;
    const build = await this.#client.createBuild(workspace.id, { transition: 'delete' });
    await followBuild(this.#client, build.id, this.#following(report));
  }

  /** A workspace that runs without our agent is away: a start lets it in again. */
  async inspect(workspaceId: string): Promise<'running' | 'absent' | 'away' | 'stopped'> {
    const workspace = await this.#client.workspace(nameInCoder(workspaceId));
    const build = workspace?.latest_build;
    if (build?.transition !== 'start' || ['failed', 'canceled'].includes(build.status))
      return this.#stopped.has(workspaceId) ? 'absent' : 'stopped';
    const isOurs = this.#started.get(workspaceId) === build.id;
    const isEntered = isOurs && this.#options.hub.sessionOf(workspaceId) !== undefined;
    return build.status === 'running' && isEntered ? 'running' : 'away';
  }

  logs(): readonly string[] {
    return [];
  }

  async present(): Promise<Map<string, string[]>> {
    const present = new Map<string, string[]>();
    for (const { name } of await this.#client.workspaces()) {
      const id = workspaceIdOf(name);
      if (id !== undefined) present.set(id, [`The workspace "${name}" in Coder`]);
    }
    return present;
  }

  /** They go on; nobody has to be asked about them any more. */
  async reap(): Promise<number> {
    this.#watch.close();
    return 0;
  }

  /** Resolves with a workspace whose last build is a start. */
  async #begin(wanted: Wanted): Promise<Begun> {
    const { name, settings, report, signal } = wanted;
    const client = this.#client;
    const found = await this.#whenIdle(name, report, signal);
    signal?.throwIfAborted();
    if (!found) return { workspace: await this.#create(wanted), isNew: true };
    if (found.template_name !== settings.template)
      throw new AppError(
        'coder_refused',
        `The workspace was made of the Coder template "${found.template_name}" and can’t become one of "${settings.template}": make another workspace`,
      );
    const { latest_build: last } = found;
    const parameters = await changedParameters(client, last.id, settings.parameters);
    signal?.throwIfAborted();
    if (last.status === 'running' && parameters.length === 0)
      return { workspace: found, isNew: false };
    const build = await client.createBuild(found.id, { transition: 'start', parameters });
    return { workspace: { ...found, latest_build: build }, isNew: false };
  }

  async #create({ name, settings }: Wanted): Promise<CoderWorkspace> {
    const template = await this.#client.template(settings.template);
    if (!template)
      throw new AppError(
        'coder_refused',
        `Coder has no template "${settings.template}" that the account of spt-flow may use`,
      );
    const parameters = parametersOf(settings.parameters);
    return this.#client.createWorkspace(template, { name, parameters });
  }

  /** Waits for what somebody else began. */
  async #whenIdle(
    name: string,
    report: WorkspaceReport,
    signal?: AbortSignal,
  ): Promise<CoderWorkspace | undefined> {
    for (;;) {
      const workspace = await this.#client.workspace(name);
      if (!workspace || !isActive(workspace.latest_build)) return workspace;
      report.progress(`Coder: ${workspace.latest_build.status}`);
      await delay(this.#pollMs, undefined, { ref: false, ...(signal && { signal }) });
    }
  }

  /** Ends a start that is under way; a stop or a deletion is waited for. */
  async #settled(name: string, report: WorkspaceReport): Promise<CoderWorkspace | undefined> {
    const workspace = await this.#client.workspace(name);
    if (!workspace || !isActive(workspace.latest_build)) return workspace;
    const { id, transition } = workspace.latest_build;
    if (transition === 'start') await this.#client.cancelBuild(id);
    return this.#whenIdle(name, report);
  }

  async #whenReady(
    name: string,
    report: WorkspaceReport,
    signal?: AbortSignal,
  ): Promise<{ agent: CoderAgent; warning?: string }> {
    for (;;) {
      const workspace = await this.#client.workspace(name);
      if (!workspace) throw new AppError('coder_build_failed', 'It was deleted in Coder meanwhile');
      const readiness = readinessOf(workspace);
      if (readiness.state === 'ready') return readiness;
      if (readiness.state === 'failed')
        throw new AppError('coder_entrance_failed', readiness.words);
      report.progress(readiness.words);
      await delay(this.#pollMs, undefined, { ref: false, ...(signal && { signal }) });
    }
  }

  #following(report: WorkspaceReport, signal?: AbortSignal) {
    return { report, signal, pollMs: this.#pollMs };
  }

  #watchFor(workspaceId: string, buildId: string): Promise<string> {
    const { promise, resolve } = createDeferred<string>();
    this.#started.set(workspaceId, buildId);
    this.#watch.watch(nameInCoder(workspaceId), { buildId, onEnded: resolve });
    return promise;
  }

  #forget(workspaceId: string): void {
    this.#started.delete(workspaceId);
    this.#watch.forget(nameInCoder(workspaceId));
  }
}

/** Before a machine is made that can't come back to us. */
function assertReachable({ url, link }: Pick<CoderProviderOptions, 'url' | 'link'>): void {
  if (isReachableFrom(url, link.url)) return;
  throw new AppError(
    'https_required',
    `Coder workspaces have to reach spt-flow by https, and it answers at ${link.url}`,
  );
}

/** isReachableFrom: agents on a Coder server may dial us; over plain http only on one and the same machine. */
export function isReachableFrom(coderUrl: string, publicUrl: string): boolean {
  if (isLoopbackUrl(publicUrl)) return isLoopbackUrl(coderUrl);
  return publicUrl.startsWith('https:');
}

interface Wanted {
  readonly name: string;
  readonly settings: CoderSettings;
  readonly report: WorkspaceReport;
  readonly signal: AbortSignal | undefined;
}

function settingsOf({ settings }: WorkspaceSpec): CoderSettings {
  if (settings.coder) return settings.coder;
  throw new AppError(
    'coder_refused',
    'The workspace names no Coder template: make it of a template with the provider "coder"',
  );
}

function agentSettings(
  join: JoinInstructions,
  link: CoderProviderOptions['link'],
): Record<string, string> {
  return {
    SPT_FLOW_AGENT_URL: link.url,
    SPT_FLOW_AGENT_SERVER_KEY: join.serverKey,
    SPT_FLOW_AGENT_TOKEN: join.token,
    SPT_FLOW_AGENT_CHANNEL_BINDING: link.channelBinding,
  };
}
