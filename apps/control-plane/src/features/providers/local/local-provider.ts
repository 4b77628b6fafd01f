import { access, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { memoryDirectories } from '@spt-flow/config/agent-memory';
import { agentNodeFlags } from '@spt-flow/shared/agent-protocol/node-flags';
import { createExclusive } from '../../../lib/exclusive.ts';
import type {
  JoinInstructions,
  StartedWorkspace,
  WorkspaceCopies,
  WorkspaceProvider,
  WorkspaceSpec,
} from '../provider.ts';
import { keptAgent } from '../kept-agent.ts';
import { type AgentCommand, type AgentProcess, startAgentProcess } from './agent-process.ts';
import { createLocalCopies } from './copies.ts';
import {
  prepareDirectories,
  removeTree,
  workspaceDirectories,
  type WorkspaceDirectories,
} from './directories.ts';
import { certificateFiles, workspaceEnvironment, type Environment } from './environment.ts';
import { writeEtcFiles } from './etc-files.ts';
import { freezeMarked, killMarked } from './leftovers.ts';
import {
  INSIDE,
  probeSandbox,
  sandboxArguments,
  type SandboxLayout,
  type SandboxProbe,
} from './sandbox.ts';
import { findToolchains, type Toolchains } from './toolchains.ts';

const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export interface LocalProviderOptions {
  readonly dataDirectory: string;
  /** Marks this installation's processes, so that its left-overs are told from another's workspaces. */
  readonly installationId: string;
  /** The bundled agent. */
  readonly agentFile: string;
  /** Of the version that runs this. */
  readonly nodePath: string;
  /** The control plane's own environment, of which workspaces see a few named variables. */
  readonly environment: Environment;
  readonly homeDirectory: string;
  /** Program that isolates; tests name one that does not exist. */
  readonly sandboxProgram?: string;
}

/** createLocalProvider runs workspaces as process trees on this machine, isolated by bubblewrap where the kernel lets it. */
export async function createLocalProvider(
  options: LocalProviderOptions,
): Promise<WorkspaceProvider> {
  // Without it the probe would fail too, and that must not be taken for a lack of isolation.
  await access(options.agentFile);
  const toolchains = findToolchains({
    path: options.environment['PATH'] ?? DEFAULT_PATH,
    homeDirectory: options.homeDirectory,
    nodePath: options.nodePath,
  });
  const host: Host = { ...options, toolchains, sandbox: await probe(options, toolchains) };
  return new LocalProvider(host);
}

interface Host extends LocalProviderOptions {
  readonly toolchains: Toolchains;
  readonly sandbox: SandboxProbe;
}

/** INVARIANTS: at most one process tree per workspace; what is asked of one workspace is done in turn. */
class LocalProvider implements WorkspaceProvider {
  readonly ownsMachine = true;
  readonly lacks = ['images', 'devcontainers', 'isolation', 'egress'] as const;
  readonly copies: WorkspaceCopies;
  readonly #host: Host;
  readonly #processes = new Map<string, AgentProcess>();
  readonly #turns = createExclusive();

  constructor(host: Host) {
    this.#host = host;
    this.copies = createLocalCopies({
      dataDirectory: host.dataDirectory,
      searchPath: host.environment['PATH'] ?? DEFAULT_PATH,
      inTurn: this.#turns.run,
      freeze: (workspaceId) => freezeMarked(marks(host, workspaceId)),
    });
  }

  get warnings(): string[] {
    return warnings(this.#host.sandbox);
  }

  plan(name: string): string[] {
    return [`Create the workspace "${name}" on this machine`, ...this.warnings];
  }

  start(spec: WorkspaceSpec): Promise<StartedWorkspace> {
    return this.#turns.run(spec.workspaceId, async () => {
      await this.#end(spec.workspaceId, 0);
      const { workspaceId, revision } = spec;
      const directories = workspaceDirectories(this.#host.dataDirectory, workspaceId, revision);
      await prepareDirectories(directories, spec);
      const command = agentCommand(this.#host, { directories, spec, join: await spec.join() });
      const agent = await startAgentProcess(command);
      this.#processes.set(spec.workspaceId, agent);
      return {
        warnings: this.warnings,
        state: { pid: agent.pid },
        ended: agent.ended,
      };
    });
  }

  stop(workspaceId: string, { graceMs }: { graceMs: number }): Promise<void> {
    return this.#turns.run(workspaceId, () => this.#end(workspaceId, graceMs));
  }

  delete(workspaceId: string): Promise<void> {
    return this.#turns.run(workspaceId, async () => {
      await this.#end(workspaceId, 0);
      await removeTree(workspaceDirectories(this.#host.dataDirectory, workspaceId).root);
      this.#processes.delete(workspaceId);
    });
  }

  async #end(workspaceId: string, graceMs: number): Promise<void> {
    const agent = this.#processes.get(workspaceId);
    // Bubblewrap does not pass signals on: there the agent was asked through its connection.
    if (graceMs > 0 && !this.#host.sandbox.available) agent?.signal('SIGTERM');
    if (agent && graceMs > 0)
      await Promise.race([agent.ended, delay(graceMs, undefined, { ref: false })]);
    agent?.signal('SIGKILL');
    await agent?.ended;
    await killMarked(marks(this.#host, workspaceId));
    if (!this.#host.sandbox.available) await this.#forgetSecrets(workspaceId);
  }

  /** What an agent that was killed had in this machine's memory; sandboxes take theirs along. */
  async #forgetSecrets(workspaceId: string): Promise<void> {
    const { state } = workspaceDirectories(this.#host.dataDirectory, workspaceId);
    const userId = process.getuid?.() ?? 0;
    for (const left of memoryDirectories({ stateDirectory: state, userId })) await removeTree(left);
  }

  async inspect(workspaceId: string): Promise<'running' | 'absent'> {
    return this.#processes.get(workspaceId)?.isRunning ? 'running' : 'absent';
  }

  logs(workspaceId: string): readonly string[] {
    return this.#processes.get(workspaceId)?.lastLines() ?? [];
  }

  async present(): Promise<Map<string, string[]>> {
    const root = path.dirname(workspaceDirectories(this.#host.dataDirectory, 'any').root);
    const names = await readdir(root).catch(() => []); // Nothing was ever started.
    const ids = names.filter((name) => UUID.test(name));
    return new Map(ids.map((id) => [id, ['Its files on the machine of the control plane']]));
  }

  reap(spared: ReadonlySet<string> = new Set()): Promise<number> {
    return killMarked(
      { SPT_FLOW_INSTALLATION_ID: this.#host.installationId },
      Array.from(spared, (workspaceId) => marks(this.#host, workspaceId)),
    );
  }
}

function warnings(sandbox: SandboxProbe): string[] {
  if (sandbox.available) return [];
  return [
    `Workspaces are not isolated from this machine (${sandbox.reason}): whoever may use this workspace can read and change all that spt-flow can. Install bubblewrap and restart spt-flow.`,
  ];
}

function marks(host: Host, workspaceId: string): Record<string, string> {
  return { SPT_FLOW_INSTALLATION_ID: host.installationId, SPT_FLOW_WORKSPACE_ID: workspaceId };
}

interface Launch {
  readonly directories: WorkspaceDirectories;
  readonly spec: WorkspaceSpec;
  readonly join: JoinInstructions;
}

function agentCommand(host: Host, { directories, spec, join }: Launch): AgentCommand {
  const { sandbox } = host;
  const paths = sandbox.available
    ? INSIDE
    : { ...directories, agent: path.dirname(host.agentFile) };
  const agent = keptAgent([
    host.nodePath,
    ...agentNodeFlags(process.versions.v8),
    path.join(paths.agent, path.basename(host.agentFile)),
    '--config-stdin',
  ]);
  const command = sandbox.available
    ? [...sandboxed(sandbox.program, layoutOf(host, directories, spec.name)), ...agent]
    : agent;
  const [program = '', ...args] = command;
  return {
    program,
    args,
    cwd: directories.project,
    env: {
      ...spec.settings.environment,
      ...processEnvironment(host, paths.home),
      ...marks(host, spec.workspaceId),
    },
    config: {
      SPT_FLOW_AGENT_URL: join.url,
      SPT_FLOW_AGENT_SERVER_KEY: join.serverKey,
      SPT_FLOW_AGENT_TOKEN: join.token,
      SPT_FLOW_AGENT_STATE_DIR: paths.state,
      SPT_FLOW_AGENT_PROJECT_DIR: paths.project,
    },
    tellsWhenBound: sandbox.available,
  };
}

/** bubblewrap tells its status once it is bound to its parent. */
function sandboxed(program: string, layout: SandboxLayout): string[] {
  return [program, ...sandboxArguments(layout), '--json-status-fd', '3', '--'];
}

/** What people install for themselves goes to their home, which is kept. */
function processEnvironment(host: Host, home: string): Record<string, string> {
  const own = ['.local/bin', 'go/bin', '.cargo/bin'].map((directory) => path.join(home, directory));
  const rustup = host.toolchains.readOnly.find((file) => file.endsWith('/.rustup'));
  return {
    ...workspaceEnvironment(host.environment),
    ...(rustup && { RUSTUP_HOME: rustup }),
    PATH: [...own, host.toolchains.path].join(':'),
    HOME: home,
    USER: 'dev',
    LOGNAME: 'dev',
    SHELL: '/bin/bash',
    NPM_CONFIG_PREFIX: path.join(home, '.local'),
  };
}

function layoutOf(host: Host, directories: WorkspaceDirectories, hostname: string): SandboxLayout {
  return {
    ...directories,
    hostname,
    agentDirectory: path.dirname(host.agentFile),
    readOnly: [...host.toolchains.readOnly, ...certificateFiles(host.environment)],
    hidden: host.dataDirectory,
  };
}

async function probe(options: LocalProviderOptions, toolchains: Toolchains): Promise<SandboxProbe> {
  const root = await mkdtemp(path.join(tmpdir(), 'spt-flow-probe-'));
  try {
    const directories = { ...workspaceDirectories(root, 'probe') };
    for (const directory of [
      directories.project,
      directories.home,
      directories.state,
      directories.etc,
    ])
      await mkdir(directory, { recursive: true });
    await writeEtcFiles(directories.etc, 'probe');
    const host: Host = { ...options, toolchains, sandbox: { available: false, reason: '' } };
    return await probeSandbox(layoutOf(host, directories, 'probe'), options.sandboxProgram);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
