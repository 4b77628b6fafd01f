import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '@spt-flow/shared/domain/errors';
import { runInWorkspace, type AgentConnections } from '../../../agents/index.ts';
import { GIT_ENVIRONMENT } from '../git-environment.ts';
import { GitProgress } from './git-progress.ts';

/** A host that sends nothing for this long is taken for dead. */
const IDLE_LIMIT_MS = 60_000;
const TOTAL_LIMIT_MS = 30 * 60_000;
const ATTEMPTS = 5;
const FIRST_RETRY_MS = 500;
const SAFE_SETTINGS = ['-c', 'http.lowSpeedLimit=1', '-c', 'http.lowSpeedTime=60'];

export interface WorkspaceGitOptions {
  readonly agents: AgentConnections;
  readonly workspaceId: string;
  readonly correlationId: string;
  readonly signal: AbortSignal;
  /** A line of progress, as git words it. */
  readonly onProgress: (line: string) => void;
  readonly idleLimitMs?: number;
}

export interface WorkspaceGit {
  /** What it printed; AppError `clone_failed` carries git's own last words. */
  run(args: readonly string[], place?: { cwd: string }): Promise<string>;
  /** The same, again and again while the connection is cut: git keeps what it has finished. */
  insist(args: readonly string[], place?: { cwd: string }): Promise<string>;
}

/** createWorkspaceGit runs git in the project directory of a workspace. */
export function createWorkspaceGit(options: WorkspaceGitOptions): WorkspaceGit {
  const { onProgress, signal } = options;

  async function attempt(args: readonly string[], cwd: string) {
    const idle = createIdleLimit(options.idleLimitMs ?? IDLE_LIMIT_MS);
    const progress = new GitProgress(onProgress);
    try {
      const { exitCode, stdout } = await runInWorkspace(options.agents, options.workspaceId, {
        argv: ['git', ...SAFE_SETTINGS, ...args],
        cwd,
        env: GIT_ENVIRONMENT,
        timeoutMs: TOTAL_LIMIT_MS,
        correlationId: options.correlationId,
        signal: AbortSignal.any([signal, idle.signal]),
        onOutput(bytes, channel) {
          idle.reset();
          if (channel === 'stderr') progress.push(bytes);
        },
      });
      progress.end();
      return { exitCode, output: stdout.toString(), progress };
    } catch (error) {
      if (!idle.signal.aborted) throw error;
      const what = 'The host of the repository does not answer';
      throw new AppError('clone_failed', what, { cause: error });
    } finally {
      idle.stop();
    }
  }

  async function repeat(args: readonly string[], cwd: string, attempts: number): Promise<string> {
    for (let count = 1; ; count += 1) {
      const { exitCode, output, progress } = await attempt(args, cwd);
      if (exitCode === 0) return output;
      if (!progress.wasCut || count >= attempts)
        throw new AppError('clone_failed', progress.failure());
      onProgress(`The connection was cut: trying again (${count + 1} of ${attempts})`);
      await sleep(FIRST_RETRY_MS * 2 ** (count - 1), undefined, { signal });
    }
  }

  return {
    run: (args, { cwd } = { cwd: '' }) => repeat(args, cwd, 1),
    insist: (args, { cwd } = { cwd: '' }) => repeat(args, cwd, ATTEMPTS),
  };
}

function createIdleLimit(limitMs: number) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), limitMs);
  return {
    signal: controller.signal,
    reset: () => timer.refresh(),
    stop: () => clearTimeout(timer),
  };
}
