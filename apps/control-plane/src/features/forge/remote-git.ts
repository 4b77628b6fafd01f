import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  isGitOutOfDisk,
  parseBranches,
  parseTags,
  removeStaleLock,
  runLimitedGit,
  SAFE_SETTINGS,
  type Branch,
  type Tag,
} from '../git/index.ts';
import { ForgeProblem } from './forge-problem.ts';

/** Tags by themselves, not what they stand for. */
const LISTED = ['--heads', '--tags', '--refs'];
const TIMEOUT_MS = 4 * 60_000;
const MAX_PACK_BYTES = 500 * 1024 * 1024;

export interface RemoteGitOptions {
  /** Where the repository is; without a login. */
  readonly url: string;
  readonly token: string;
  readonly caFile: string | null;
  readonly searchPath: string;
  readonly signal: AbortSignal;
}

/** Move is what a branch or tag of the forge is to stand for. */
export interface Move {
  readonly ref: string;
  readonly object: string;
}

/** A branch or tag that the forge did not take, and why. */
export interface Rejection {
  readonly ref: string;
  readonly reason: string;
  /** Somebody pushed in between. */
  readonly isStale: boolean;
}

export type RemoteGit = ReturnType<typeof createRemoteGit>;

/**
 * createRemoteGit speaks git over HTTPS with one repository. The token is in git's environment alone: not on its command
 * line, not in a file, and for this address only, because redirects are not followed.
 */
export function createRemoteGit({ url, token, caFile, searchPath, signal }: RemoteGitOptions) {
  const login = Buffer.from(`oauth2:${token}`).toString('base64');
  const settings = [
    [`http.${url}.extraHeader`, `Authorization: Basic ${login}`],
    ['http.followRedirects', 'false'],
    ['protocol.http.allow', 'always'],
    ['protocol.https.allow', 'always'],
    ['fetch.unpackLimit', '1'],
    ...(caFile === null ? [] : [['http.sslCAInfo', caFile]]),
  ];
  const environment: Record<string, string> = { GIT_CONFIG_COUNT: String(settings.length) };
  for (const [index, [name = '', value = '']] of settings.entries()) {
    environment[`GIT_CONFIG_KEY_${index}`] = name;
    environment[`GIT_CONFIG_VALUE_${index}`] = value;
  }

  /** Members of every organization read this, so it holds no address of the operator's network. */
  const problem = (words: string) => gitProblem(words.replaceAll(url, 'GitLab'));

  async function run(repository: string, args: readonly string[]) {
    const result = await runOnce(repository, args);
    const { failure } = result;
    // Of a visit that was killed.
    const isFreed = failure !== undefined && (await removeStaleLock(repository, failure));
    return isFreed ? runOnce(repository, args) : result;
  }

  async function runOnce(repository: string, args: readonly string[]) {
    const limit = AbortSignal.timeout(TIMEOUT_MS);
    const result = await runLimitedGit(['-C', repository, ...SAFE_SETTINGS, ...args], {
      ...{ searchPath, environment, maxFileBytes: MAX_PACK_BYTES },
      signal: AbortSignal.any([signal, limit]),
    });
    signal.throwIfAborted();
    if (limit.aborted) throw new ForgeProblem('away', 'GitLab is too slow with git');
    return result;
  }

  return {
    /** Its branches and tags as they are now. */
    async refs(): Promise<{ branches: Branch[]; tags: Tag[] }> {
      const folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-forge-'));
      try {
        const { stdout, failure } = await run(folder, ['ls-remote', ...LISTED, url]);
        if (failure !== undefined) throw problem(failure);
        const lines = stdout.replaceAll('\t', ' ');
        return { branches: parseBranches(lines), tags: parseTags(lines) };
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },

    /** Takes branches and tags over under other names; all objects are checked. */
    async fetch(repository: string, wanted: readonly string[]): Promise<void> {
      const quiet = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance'];
      const { failure } = await run(repository, ['fetch', ...quiet, url, ...wanted]);
      if (failure !== undefined) throw problem(failure);
    },

    /** Never by force: what somebody else pushed is refused by the forge itself. */
    async push(repository: string, moves: readonly Move[]): Promise<Rejection[]> {
      const wanted = moves.map(({ ref, object }) => `${object}:${ref}`);
      const args = ['push', '--porcelain', '--no-verify', url, ...wanted];
      const { stdout, failure } = await run(repository, args);
      const rejections = parseRejections(stdout);
      if (failure !== undefined && rejections.length === 0) throw problem(failure);
      return rejections;
    },
  };
}

function parseRejections(output: string): Rejection[] {
  return output.split('\n').flatMap((line) => {
    const match = /^!\t[^\t]*:(refs\/(?:heads|tags)\/[^\t]+)\t(.*)$/.exec(line);
    const [, ref, summary = ''] = match ?? [];
    if (ref === undefined) return [];
    const reason = /\((.*)\)/.exec(summary)?.[1] ?? summary;
    const isStale = /fetch first|non-fast-forward|stale info|cannot lock ref/.test(reason);
    return [{ ref, reason, isStale }];
  });
}

function gitProblem(words: string): ForgeProblem {
  if (/Authentication failed|could not read Username|returned error: 401/.test(words))
    return new ForgeProblem(
      'token',
      'GitLab does not accept the token for git: it needs the scopes read_repository and write_repository',
    );
  if (/returned error: 403/.test(words))
    return new ForgeProblem('refused', 'GitLab does not let its token push to this project');
  if (/returned error: 404|not found/i.test(words))
    return new ForgeProblem('missing', 'GitLab does not have the repository');
  if (isGitOutOfDisk(words))
    return new ForgeProblem('refused', 'The disk of spt-flow is full: ask an admin to make room');
  if (/returned error: 429/.test(words))
    return new ForgeProblem('busy', 'GitLab asks for fewer requests', { pauseMs: 60_000 });
  if (
    /unable to access|Could not resolve|Failed to connect|hung up|early EOF|RPC failed/.test(words)
  )
    return new ForgeProblem('away', `Git can't reach GitLab: ${words.slice(0, 300)}`);
  return new ForgeProblem('refused', `Git says: ${words.slice(0, 300)}`);
}
