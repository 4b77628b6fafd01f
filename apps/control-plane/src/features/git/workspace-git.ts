import { AppError } from '@spt-flow/shared/domain/errors';
import { runInWorkspace, type AgentConnections } from '../agents/index.ts';

const TIMEOUT_MS = 120_000;

export interface WorkspaceCommand {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: Uint8Array;
  readonly onStdout?: (bytes: Buffer) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface WorkspaceOutput {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** WorkspaceGit runs programs inside one workspace, as its user and with its rights only. */
export interface WorkspaceGit {
  /** Any exit code. */
  tryRun(command: WorkspaceCommand): Promise<WorkspaceOutput>;
  /** AppError unless the exit code is 0. */
  run(command: WorkspaceCommand): Promise<WorkspaceOutput>;
}

const ENVIRONMENT = { GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' };

export function createWorkspaceGit(options: {
  readonly agents: AgentConnections;
  readonly workspaceId: string;
  readonly correlationId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}): WorkspaceGit {
  const { agents, workspaceId, correlationId } = options;

  async function tryRun(command: WorkspaceCommand): Promise<WorkspaceOutput> {
    const { argv, input, onStdout, signal = options.signal } = command;
    const outcome = await runInWorkspace(agents, workspaceId, {
      argv,
      input,
      correlationId,
      signal,
      env: { ...ENVIRONMENT, ...command.env },
      timeoutMs: TIMEOUT_MS,
      onOutput: (bytes, channel) => {
        if (channel === 'stdout') onStdout?.(bytes);
      },
    });
    return {
      exitCode: outcome.exitCode,
      stdout: outcome.stdout.toString(),
      stderr: outcome.stderr.toString(),
    };
  }

  return {
    tryRun,
    async run(command) {
      const output = await tryRun(command);
      if (output.exitCode === 0) return output;
      const words = output.stderr.trim().slice(-500) || `exit code ${output.exitCode}`;
      throw new AppError('internal', `"${command.argv.slice(0, 2).join(' ')}" failed: ${words}`);
    },
  };
}
