import type { CloneOptions } from '@spt-flow/shared/domain/clone-options';
import { AppError } from '@spt-flow/shared/domain/errors';
import { runInWorkspace, type AgentConnections } from '../../agents/index.ts';
import { cloneRepository, isUnfinishedClone } from './clone/clone-repository.ts';
import type { WorkspaceRow } from '../workspaces-repository.ts';

const COMMAND_TIMEOUT_MS = 20_000;

/** SeedHook puts a project's kept history into a fresh workspace; true when it did, and nothing is left to do. */
export type SeedHook = (
  workspace: WorkspaceRow,
  options: { signal: AbortSignal; correlationId: string },
) => Promise<boolean>;

export interface FirstContentOptions {
  readonly agents: AgentConnections;
  readonly workspace: WorkspaceRow;
  readonly repositoryUrl: string | null;
  readonly clone: CloneOptions;
  readonly tellsPath: boolean;
  readonly seedHooks: readonly SeedHook[];
  readonly correlationId: string;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
  readonly onWarning: (text: string) => void;
  readonly cloneIdleLimitMs?: number | undefined;
}

/**
 * provideFirstContent fills a workspace's project directory at its first start. A start that failed half-way begins
 * anew, but for what it had cloned already.
 */
export async function provideFirstContent(options: FirstContentOptions): Promise<void> {
  const { agents, workspace, repositoryUrl, correlationId, signal, cloneIdleLimitMs } = options;
  const { onProgress, onWarning, clone, tellsPath } = options;
  const git = {
    ...{ agents, correlationId, signal, onProgress },
    workspaceId: workspace.id,
    ...(cloneIdleLimitMs !== undefined && { idleLimitMs: cloneIdleLimitMs }),
  };
  const goesOn = repositoryUrl !== null && (await isUnfinishedClone(git, repositoryUrl));
  if (goesOn) await command(options, ['find', '.git', '-name', '*.lock', '-delete']);
  else await command(options, ['find', '.', '-mindepth', '1', '-delete']);
  for (const seed of options.seedHooks) {
    if (await seed(workspace, { signal, correlationId })) return;
  }
  if (repositoryUrl === null)
    await command(options, ['git', 'init', '--quiet', '--initial-branch=main', '.']);
  else await cloneRepository({ ...git, url: repositoryUrl, clone, tellsPath, onWarning });
}

type CommandOptions = Pick<
  FirstContentOptions,
  'agents' | 'workspace' | 'correlationId' | 'signal'
>;

/** isEmptyProject is false as soon as there is anything at all in the project directory. */
export async function isEmptyProject(options: CommandOptions): Promise<boolean> {
  return (await command(options, ['find', '.', '-mindepth', '1', '-print', '-quit'])) === '';
}

/** Returns what it printed. */
async function command(options: CommandOptions, argv: string[]): Promise<string> {
  const { agents, workspace, correlationId, signal } = options;
  const outcome = await runInWorkspace(agents, workspace.id, {
    argv,
    timeoutMs: COMMAND_TIMEOUT_MS,
    correlationId,
    signal,
  });
  if (outcome.exitCode === 0) return outcome.stdout.toString();
  throw new AppError(
    'workspace_start_failed',
    `"${argv.join(' ')}" failed: ${outcome.stderr.toString().trim().slice(0, 500)}`,
  );
}
