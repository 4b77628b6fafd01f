import type {
  GitCredentialAnswer,
  GitCredentialQuestion,
} from '@spt-flow/shared/agent-protocol/git-credentials';
import { coversRepository, parseGitScope } from '@spt-flow/shared/domain/git-scope';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { newCorrelationId } from '../../lib/correlation.ts';
import type { AgentSession } from '../agents/index.ts';
import type { GitLoginRow, GitLoginsRepository } from './git-logins-repository.ts';
import type { LoginSeal } from './login-seal.ts';
import { createRequestLimit } from '../../lib/request-limit.ts';

/** Of a workspace: a clone with many submodules asks once for each. */
const MAX_PER_MINUTE = 120;

export interface AnswerDeps {
  readonly repository: Pick<GitLoginsRepository, 'ofWorkspace' | 'setUsed'>;
  readonly seal: LoginSeal;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly maxPerMinute?: number | undefined;
}

export type AnswerGit = (
  session: AgentSession,
  question: GitCredentialQuestion,
) => Promise<GitCredentialAnswer>;

/**
 * createAnswerGit gives git in a workspace the token of the workspace's owner for exactly the host that it asks for.
 * The database is asked each time: what is taken away counts at once. Every answer is audited, never its token.
 */
export function createAnswerGit(deps: AnswerDeps): AnswerGit {
  const { repository, seal, audit, clock, maxPerMinute = MAX_PER_MINUTE } = deps;
  const limit = createRequestLimit(maxPerMinute, clock);

  async function record(session: AgentSession, action: string, detail: Record<string, unknown>) {
    const { agentId, organizationId, workspaceId } = session;
    await audit.record({
      ...{ organizationId, action, detail, target: workspaceId },
      principal: `agent:${agentId}`,
      correlationId: newCorrelationId(),
    });
  }

  return async (session, { id, protocol, host, path }) => {
    const asked = parseGitScope(`${protocol}://${host}`);
    const { before, isOver } = limit.count(session.workspaceId);
    if (isOver) {
      // Only the first of a flood: the log of audit is to be read.
      if (before === maxPerMinute)
        await record(session, 'git_login.limit', { origin: asked?.origin ?? null });
      return { id, reason: 'Git asked too often: wait a minute' };
    }
    if (!asked || asked.path !== '')
      return { id, reason: 'Tokens are for https and http hosts only' };
    const { origin } = asked;
    const wanted = { origin, path: path ?? '' };
    const login = narrowest(await repository.ofWorkspace(session.workspaceId, origin), wanted);
    await record(session, login ? 'git_login.use' : 'git_login.miss', {
      ...wanted,
      loginId: login?.id ?? null,
    });
    if (!login) return { id, reason: `There is no token for ${origin}` };
    await repository.setUsed(login.id, clock.now());
    return { id, credential: { username: login.username, password: seal.open(login) } };
  };
}

function narrowest(
  logins: readonly GitLoginRow[],
  asked: { origin: string; path: string },
): GitLoginRow | undefined {
  return logins
    .filter((login) => coversRepository(login, asked))
    .toSorted((a, b) => b.path.length - a.path.length)[0];
}
