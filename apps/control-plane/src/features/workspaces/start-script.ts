import { StringDecoder } from 'node:string_decoder';
import { AppError } from '@spt-flow/shared/domain/errors';
import { runInWorkspace } from '../agents/index.ts';
import { STEPS, type OperationsDeps } from './operation.ts';
import { settingsOf } from './policy.ts';
import type { TransitionRun } from './transition-run.ts';
import type { WorkspaceRow } from './workspaces-repository.ts';

const LIMIT_SECONDS = 600;
/** For the steps after it. */
const SPARE_SECONDS = 60;
const MAX_LINE_CHARACTERS = 1_000;

/** runStartScript runs what the template wants at every start. When it fails the step says so, and the workspace is usable. */
export async function runStartScript(
  deps: OperationsDeps,
  workspace: WorkspaceRow,
  run: TransitionRun,
): Promise<void> {
  const { startScript } = workspace;
  if (startScript === null) return;
  await run.extendDeadline(LIMIT_SECONDS + SPARE_SECONDS);
  try {
    await run.step(STEPS.script, () => execute(deps, { ...workspace, startScript }, run));
  } catch (error) {
    if (run.signal.aborted) throw error;
    deps.log(workspace, 'warn', error instanceof Error ? error.message : String(error));
  }
}

async function execute(
  deps: OperationsDeps,
  workspace: WorkspaceRow & { startScript: string },
  run: TransitionRun,
): Promise<void> {
  const lines = new OutputLines((line) => deps.log(workspace, 'info', line));
  const { exitCode, timedOut } = await runInWorkspace(deps.hub, workspace.id, {
    argv: ['sh', '-c', workspace.startScript],
    env: settingsOf(workspace).environment,
    timeoutMs: LIMIT_SECONDS * 1000,
    correlationId: run.correlationId,
    signal: run.signal,
    onOutput: (bytes) => lines.push(bytes),
  });
  lines.end();
  if (exitCode === 0) return;
  const end = timedOut ? `was ended after ${LIMIT_SECONDS} seconds` : `ended with code ${exitCode}`;
  throw new AppError('workspace_start_failed', `The start script ${end}`);
}

class OutputLines {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(bytes: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(bytes)).split(/[\r\n]+/);
    this.#rest = (lines.pop() ?? '').slice(-MAX_LINE_CHARACTERS);
    for (const line of lines) this.#tell(line);
  }

  end(): void {
    this.#tell(this.#rest);
  }

  #tell(line: string): void {
    if (line.trim() !== '') this.#onLine(line.slice(0, MAX_LINE_CHARACTERS));
  }
}
