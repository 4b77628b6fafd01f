import { spawn } from 'node:child_process';
import { gitEnvironment } from './git-command.ts';

/** What `ulimit` counts in. */
const BLOCK_BYTES = 512;
/** Of addresses, for each process: hosts may list branches without end, and git keeps them all. */
const MAX_MEMORY_KIBIBYTES = 3 * 1024 * 1024;
const MAX_WORDS = 2_000;
const MAX_OUTPUT_CHARACTERS = 4 * 1024 * 1024;

export interface LimitedGitOptions {
  readonly searchPath: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Of each file that it writes, so of a pack that it fetches. */
  readonly maxFileBytes: number;
  readonly signal: AbortSignal;
}

export interface LimitedGitResult {
  readonly stdout: string;
  /** Its last words when it failed. */
  readonly failure: string | undefined;
}

/** runLimitedGit is for what talks to other machines. Git starts helpers, so its whole group is ended. */
export function runLimitedGit(
  args: readonly string[],
  { searchPath, environment, maxFileBytes, signal }: LimitedGitOptions,
): Promise<LimitedGitResult> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const limits = [
      `ulimit -f ${Math.floor(maxFileBytes / BLOCK_BYTES)}`,
      // Where the system has no such limit, as on macOS.
      `ulimit -v ${MAX_MEMORY_KIBIBYTES} 2>/dev/null`,
    ];
    const script = `${limits.join('; ')}; exec git "$@"`;
    const child = spawn('/bin/sh', ['-c', script, 'git', ...args], {
      env: { ...gitEnvironment(searchPath), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const kill = () => {
      const isRunning = child.exitCode === null && child.signalCode === null;
      if (child.pid !== undefined && isRunning) process.kill(-child.pid, 'SIGKILL');
    };
    signal.addEventListener('abort', kill, { once: true });
    let [words, stdout] = ['', ''];
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      words = (words + chunk).slice(-MAX_WORDS);
    });
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
      if (stdout.length > MAX_OUTPUT_CHARACTERS) kill();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      signal.removeEventListener('abort', kill);
      resolve({ stdout, failure: code === 0 ? undefined : lastWords(words) });
    });
  });
}

function lastWords(words: string): string {
  const lines = words.split(/[\r\n]+/).map((line) => line.trim());
  const telling = lines.findLast((line) => /^(fatal|error|ERROR|remote): /.test(line));
  return telling ?? lines.findLast((line) => line !== '') ?? 'Git ended without a word';
}
