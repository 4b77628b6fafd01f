import { StringDecoder } from 'node:string_decoder';
import { AppError } from '@spt-flow/shared/domain/errors';
import { isRepositoryUrl } from '@spt-flow/shared/domain/repository-url';
import { runInWorkspace, type AgentConnections } from '../agents/index.ts';
import { GIT_ENVIRONMENT } from './git-environment.ts';

/** A host that sends nothing for this long is taken for dead. */
const IDLE_LIMIT_MS = 60_000;
const TOTAL_LIMIT_MS = 30 * 60_000;
const MAX_LINE_CHARACTERS = 1_000;

export interface CloneOptions {
  readonly agents: AgentConnections;
  readonly workspaceId: string;
  readonly url: string;
  readonly correlationId: string;
  readonly signal: AbortSignal;
  /** A line of progress, as git words it. */
  readonly onProgress: (line: string) => void;
  readonly idleLimitMs?: number;
}

/** cloneRepository has the workspace clone for itself; AppError `clone_failed` carries git's own last words. */
export async function cloneRepository(options: CloneOptions): Promise<void> {
  // Checked when it was entered; checked again because git would take some texts for options or programs to run.
  if (!isRepositoryUrl(options.url)) throw new AppError('repository_url_not_permitted');
  const idle = createIdleLimit(options.idleLimitMs ?? IDLE_LIMIT_MS);
  const lines = new ProgressLines(options.onProgress);
  try {
    const { exitCode } = await runInWorkspace(options.agents, options.workspaceId, {
      argv: [
        'git',
        '-c',
        'http.lowSpeedLimit=1',
        '-c',
        'http.lowSpeedTime=60',
        'clone',
        '--progress',
        '--',
        options.url,
        '.',
      ],
      env: GIT_ENVIRONMENT,
      timeoutMs: TOTAL_LIMIT_MS,
      correlationId: options.correlationId,
      signal: AbortSignal.any([options.signal, idle.signal]),
      onOutput: (bytes) => {
        idle.reset();
        lines.push(bytes);
      },
    });
    lines.end();
    if (exitCode !== 0) throw new AppError('clone_failed', lines.failure());
  } catch (error) {
    if (idle.signal.aborted)
      throw new AppError('clone_failed', 'The host of the repository does not answer', {
        cause: error,
      });
    throw error;
  } finally {
    idle.stop();
  }
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

/** Git ends lines of progress with a carriage return; of those that only count up, the last one of each kind is told. */
class ProgressLines {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  readonly #last: string[] = [];
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(bytes: Buffer): void {
    const parts = (this.#rest + this.#decoder.write(bytes)).split(/(?<=[\r\n])/);
    this.#rest = /[\r\n]$/.test(parts.at(-1) ?? '')
      ? ''
      : (parts.pop() ?? '').slice(-MAX_LINE_CHARACTERS);
    for (const part of parts) if (isTold(part)) this.#tell(part.trim());
  }

  end(): void {
    if (this.#rest.trim() !== '') this.#tell(this.#rest.trim());
    this.#rest = '';
  }

  /** Git's last word on what went wrong. */
  failure(): string {
    const words =
      this.#last.findLast((line) => /^(fatal|error|ERROR|remote): /.test(line)) ??
      this.#last.at(-1);
    return words ?? 'Git ended without a word';
  }

  #tell(line: string): void {
    if (line === '') return;
    this.#last.push(line.slice(0, MAX_LINE_CHARACTERS));
    if (this.#last.length > 20) this.#last.shift();
    this.#onLine(line.slice(0, MAX_LINE_CHARACTERS));
  }
}

/** Every tenth percent is enough; the last one comes again with a line's end. */
function isTold(part: string): boolean {
  const percent = /:\s+(\d+)% /.exec(part)?.[1];
  return part.endsWith('\n') || percent === undefined || /^[1-9]?0$/.test(percent);
}
