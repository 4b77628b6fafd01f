import type { Database } from '@spt-flow/db/client';
import { parseGitScope } from '@spt-flow/shared/domain/git-scope';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import type { AgentHub } from '../agents/index.ts';
import { createAnswerGit } from './answer-git.ts';
import { openCredentialDesk } from './credential-desk.ts';
import { createGitLoginsRepository } from './git-logins-repository.ts';
import { createGitLoginsService, type GitLoginsService } from './git-logins-service.ts';
import { createLoginSeal } from './login-seal.ts';

export interface GitCredentialsDeps {
  readonly db: Database;
  readonly hub: Pick<AgentHub, 'request' | 'onPresence'>;
  readonly secretKey: string;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly onError: (error: unknown, workspaceId: string) => void;
  readonly maxPerMinute?: number;
}

export interface GitCredentials {
  readonly service: GitLoginsService;
  /** The owner's tokens for this repository's host are for some of its paths only. */
  tellsPath(workspaceId: string, url: string): Promise<boolean>;
  close(): void;
}

/** createGitCredentials puts the feature together; from now on it answers what git asks in workspaces. */
export function createGitCredentials(deps: GitCredentialsDeps): GitCredentials {
  const { db, hub, audit, clock, onError } = deps;
  const repository = createGitLoginsRepository(db);
  const seal = createLoginSeal(deps.secretKey);
  const { maxPerMinute } = deps;
  return {
    service: createGitLoginsService({ repository, seal, audit }),
    async tellsPath(workspaceId, url) {
      const scope = parseGitScope(url);
      if (!scope) return false;
      const logins = await repository.ofWorkspace(workspaceId, scope.origin);
      return logins.some(({ path }) => path !== '');
    },
    close: openCredentialDesk({
      ...{ hub, onError },
      answer: createAnswerGit({ repository, seal, audit, clock, maxPerMinute }),
    }),
  };
}
