import type { GitLogin } from '@spt-flow/shared/api/git';
import { AppError } from '@spt-flow/shared/domain/errors';
import { parseGitScope } from '@spt-flow/shared/domain/git-scope';
import type { Audit } from '../../lib/audit.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import type { GitLoginRow, GitLoginsRepository } from './git-logins-repository.ts';
import type { LoginSeal } from './login-seal.ts';

export interface NewGitLogin {
  readonly host: string;
  readonly username: string;
  readonly token: string;
}

export interface GitLoginsService {
  list(principal: Principal): Promise<GitLogin[]>;
  put(principal: Principal, input: NewGitLogin, correlationId: string): Promise<GitLogin>;
  remove(principal: Principal, id: string, correlationId: string): Promise<void>;
}

/** createGitLoginsService keeps people's tokens for git hosts; what is stored is never shown again. */
export function createGitLoginsService(deps: {
  readonly repository: GitLoginsRepository;
  readonly seal: LoginSeal;
  readonly audit: Audit;
}): GitLoginsService {
  const { repository, seal, audit } = deps;

  return {
    list: async (principal) => (await repository.list(principal)).map(toGitLogin),

    async put(principal, { host, username, token }, correlationId) {
      const scope = parseGitScope(host);
      if (!scope) throw new AppError('validation_failed', `"${host}" is not a git host`);
      const { userId, organizationId } = principal;
      const owned = { userId, organizationId, ...scope };
      return repository.transaction(async (tx) => {
        const sealedToken = seal.seal(owned, token);
        const row = await repository.put({ ...owned, username, sealedToken }, tx);
        if (!row) throw new AppError('internal');
        await audit.record(
          {
            ...{ organizationId, correlationId, principal: auditName(principal) },
            action: 'git_login.create',
            target: row.id,
            detail: { ...scope },
          },
          tx,
        );
        return toGitLogin(row);
      });
    },

    async remove(principal, id, correlationId) {
      await repository.transaction(async (tx) => {
        const row = await repository.remove(principal, id, tx);
        if (!row) throw new AppError('not_found');
        await audit.record(
          {
            ...{ organizationId: row.organizationId, correlationId },
            principal: auditName(principal),
            action: 'git_login.remove',
            target: id,
            detail: { origin: row.origin, path: row.path },
          },
          tx,
        );
      });
    },
  };
}

function toGitLogin({ id, origin, path, username, createdAt, lastUsedAt }: GitLoginRow): GitLogin {
  return {
    ...{ id, origin, path, username },
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}
