import { StringDecoder } from 'node:string_decoder';
import { AppError } from '@spt-flow/shared/domain/errors';
import { runInWorkspace } from '../../agents/index.ts';
import type { OperationsDeps } from './operations-deps.ts';
import { settingsOf } from '../policy/index.ts';
import type { TransitionRun } from '../transitions/index.ts';
import type { WorkspaceRow } from '../workspaces-repository.ts';

/** For the steps after it. */
const SPARE_SECONDS = 60;
const MAX_LINE_CHARACTERS = 1_000;

export interface WorkspaceScript {
  /** Of the timeline. */
  readonly step: string;
  /** In sentences, e.g. "The start script". */
  readonly name: string;
  readonly argv: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly limitSeconds: number;
}

interface Started {
  readonly workspace: WorkspaceRow;
  readonly run: TransitionRun;
}

/** runScript runs a person's own program at a start. When it fails the step and the log say so, and the workspace is usable. */
export async function runScript(
  deps: OperationsDeps,
  { workspace, run }: Started,
  script: WorkspaceScript,
): Promise<void> {
  await run.extendDeadline(script.limitSeconds + SPARE_SECONDS);
  try {
    await run.step(script.step, () => execute(deps, { workspace, run }, script));
  } catch (error) {
    if (run.signal.aborted) throw error;
    deps.log(workspace, 'warn', error instanceof Error ? error.message : String(error));
  }
}

async function execute(
  deps: OperationsDeps,
  { workspace, run }: Started,
  { name, argv, environment, limitSeconds }: WorkspaceScript,
): Promise<void> {
  const lines = new OutputLines((line) => deps.log(workspace, 'info', line));
  const { exitCode, timedOut } = await runInWorkspace(deps.hub, workspace.id, {
    argv: [...argv],
    env: { ...settingsOf(workspace).environment, ...environment },
    timeoutMs: limitSeconds * 1000,
    correlationId: run.correlationId,
    signal: run.signal,
    onOutput: (bytes) => lines.push(bytes),
  });
  lines.end();
  if (exitCode === 0) return;
  const end = timedOut ? `was ended after ${limitSeconds} seconds` : `ended with code ${exitCode}`;
  throw new AppError('workspace_start_failed', `${name} ${end}`);
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
