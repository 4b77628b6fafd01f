import { spawn } from 'node:child_process';
import { AppError } from '@spt-flow/shared/domain/errors';
import { removeStaleLock } from './stale-files.ts';

const TIMEOUT_MS = 5 * 60_000;
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
/** Of one object in git's memory; git streams larger files. A pack of some bytes may else ask for all that there is. */
const MAX_OBJECT_MEBIBYTES = 512;

class GitError extends Error {
  override readonly name = 'GitError';
}

/** Git runs one git command in a repository and returns what it printed. */
export type Git = (repository: string, args: readonly string[]) => Promise<string>;

/** Contents come from workspaces, so nothing of the machine's own configuration may take part, and no program run. */
export const SAFE_SETTINGS = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'protocol.allow=never',
  'protocol.file.allow=always',
  'safe.directory=*',
  'transfer.fsckObjects=true',
].flatMap((setting) => ['-c', setting]);

/** createGit takes the search path of programs, because git itself starts others. */
export function createGit(options: { readonly searchPath: string }): Git {
  const env = gitEnvironment(options.searchPath);
  return async (repository, args) => {
    const command = ['-C', repository, ...SAFE_SETTINGS, ...args];
    try {
      return await run(command, env);
    } catch (error) {
      // A command that was killed in the middle leaves its lock, and all later ones would fail by it.
      if (!(error instanceof GitError) || !(await removeStaleLock(repository, error.message)))
        throw error;
      return run(command, env);
    }
  };
}

/** gitEnvironment keeps everything of this account and machine away from git. */
export function gitEnvironment(searchPath: string): Record<string, string> {
  return {
    PATH: searchPath,
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOC_LIMIT: `${MAX_OBJECT_MEBIBYTES}m`,
    LC_ALL: 'C',
  };
}

/** What git says where the disk is full. */
export function isGitOutOfDisk(words: string): boolean {
  return /no space left on device|disk quota exceeded/i.test(words);
}

function failureOf(words: string): Error {
  const error = new GitError(`Git failed: ${words}`);
  return isGitOutOfDisk(words) ? new AppError('disk_full', undefined, { cause: error }) : error;
}

function run(args: readonly string[], env: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const output: Buffer[] = [];
    let bytes = 0;
    let words = '';
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_OUTPUT_BYTES) child.kill('SIGKILL');
      else output.push(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      words = (words + chunk).slice(-2_000);
    });
    child.on('error', (cause) => reject(new GitError('Git could not be started', { cause })));
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(output).toString());
      else reject(failureOf(words.trim() || `exit code ${code}`));
    });
  });
}
