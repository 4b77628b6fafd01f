import type { ForgeHealth } from '../forge.ts';
import { ForgeProblem } from '../forge-problem.ts';
import type { GitlabApi } from './gitlab-api.ts';

const NEEDED_SCOPES = ['api', 'read_repository', 'write_repository'];
const OLDEST_MAJOR = 16;
const FIRST_PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 5 * 60_000;
/** Tokens end and servers are updated: it is looked at again. */
const CHECK_EVERY_MS = 10 * 60_000;
const WARN_DAYS = 14;
const DAY_MS = 86_400_000;

export interface ConnectionDeps {
  readonly api: Pick<GitlabApi, 'version' | 'ownToken' | 'group'>;
  /** Full path of the group that holds those of organizations. */
  readonly group: string;
  readonly externalUrl: string;
  readonly now: () => Date;
  readonly random: () => number;
  readonly warn: (message: string) => void;
}

export interface Connection {
  health(): ForgeHealth;
  /** Id of the group that holds those of organizations; ForgeProblem while GitLab can't be used. */
  ready(): Promise<number>;
  /** It did not go well, and would not for anybody: all pause. */
  note(problem: ForgeProblem): void;
  /** Nothing is to be asked before. */
  pausedUntil(): Date | undefined;
  /** Somebody wants to know now. */
  recheck(): void;
}

/** createConnection looks whether GitLab is there, new enough, and what its token may; it pauses where it is not. */
export function createConnection(deps: ConnectionDeps): Connection {
  let checked: { readonly groupId: number; readonly at: Date } | undefined;
  let problem: string | null = null;
  let pause: { readonly until: Date; readonly ms: number } | undefined;
  let [version, tokenExpiresOn]: [string | null, string | null] = [null, null];
  let scopes: readonly string[] = [];

  async function check(): Promise<number> {
    ({ version } = await deps.api.version());
    const major = Number.parseInt(version, 10);
    if (!(major >= OLDEST_MAJOR))
      throw new ForgeProblem(
        'token',
        `GitLab ${version} is too old: update it to ${OLDEST_MAJOR} or newer`,
      );
    const token = await deps.api.ownToken();
    scopes = token.scopes;
    tokenExpiresOn = token.expires_at;
    const missing = NEEDED_SCOPES.filter((scope) => !token.scopes.includes(scope));
    if (missing.length > 0)
      throw new ForgeProblem(
        'token',
        `The token of GitLab lacks the scope ${missing.join(', ')}: make one with ${NEEDED_SCOPES.join(', ')}`,
      );
    return findGroup();
  }

  async function findGroup(): Promise<number> {
    try {
      return (await deps.api.group(deps.group)).id;
    } catch (error) {
      if (!(error instanceof ForgeProblem) || error.fault !== 'missing') throw error;
      throw new ForgeProblem(
        'token',
        `GitLab has no group "${deps.group}" that its token sees: create it, and make the token's user a maintainer of it`,
      );
    }
  }

  function isFresh(at: Date): boolean {
    return deps.now().getTime() - at.getTime() < CHECK_EVERY_MS;
  }

  function note(error: ForgeProblem): void {
    if (problem !== error.message) deps.warn(error.message);
    problem = error.message;
    checked = undefined;
    const grown = pause ? Math.min(MAX_PAUSE_MS, pause.ms * 2) : FIRST_PAUSE_MS;
    const ms = error.pauseMs ?? grown;
    const jittered = ms * (1 + 0.2 * deps.random());
    pause = { ms: grown, until: new Date(deps.now().getTime() + jittered) };
  }

  return {
    health: () => ({
      kind: 'gitlab',
      state: problem !== null ? 'failing' : checked ? 'connected' : 'connecting',
      ...{ url: deps.externalUrl, version, scopes: [...scopes], tokenExpiresOn },
      problem: problem ?? endingSoon(tokenExpiresOn, deps.now()),
    }),
    async ready() {
      if (checked && isFresh(checked.at)) return checked.groupId;
      const groupId = await check();
      checked = { groupId, at: deps.now() };
      [problem, pause] = [null, undefined];
      return groupId;
    },
    note,
    pausedUntil: () => (pause && pause.until > deps.now() ? pause.until : undefined),
    recheck() {
      checked = undefined;
      if (pause) pause = { ...pause, until: deps.now() };
    },
  };
}

function endingSoon(day: string | null, now: Date): string | null {
  const end = day === null ? Number.NaN : Date.parse(day);
  if (!(end - now.getTime() < WARN_DAYS * DAY_MS)) return null;
  return `The token of GitLab ends on ${day}: make another one, and set it in GITLAB_TOKEN`;
}
