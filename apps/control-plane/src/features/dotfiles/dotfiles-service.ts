import type { Dotfiles } from '@spt-flow/shared/api/git';
import type { Queryable } from '@spt-flow/db/client';
import type { Audit } from '../../lib/audit.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import type { DotfilesOwner, DotfilesRepository, DotfilesRow } from './dotfiles-repository.ts';

export interface DotfilesService {
  /** Null: the person has none. */
  of(owner: DotfilesOwner): Promise<Dotfiles | null>;
  put(principal: Principal, input: Dotfiles, correlationId: string): Promise<Dotfiles>;
  remove(principal: Principal, correlationId: string): Promise<void>;
}

export function createDotfilesService({
  repository,
  audit,
}: {
  readonly repository: DotfilesRepository;
  readonly audit: Audit;
}): DotfilesService {
  function record(principal: Principal, change: 'set' | 'remove', correlationId: string) {
    const { organizationId, userId: target } = principal;
    const action = `dotfiles.${change}`;
    const entry = { organizationId, principal: auditName(principal), action, target };
    return (tx: Queryable) => audit.record({ ...entry, correlationId }, tx);
  }

  return {
    async of(owner) {
      const row = await repository.of(owner);
      return row ? toDotfiles(row) : null;
    },

    async put(principal, input, correlationId) {
      const { userId, organizationId } = principal;
      await repository.transaction(async (tx) => {
        await repository.put({ userId, organizationId, ...input }, tx);
        await record(principal, 'set', correlationId)(tx);
      });
      return input;
    },

    async remove(principal, correlationId) {
      await repository.transaction(async (tx) => {
        await repository.remove(principal, tx);
        await record(principal, 'remove', correlationId)(tx);
      });
    },
  };
}

function toDotfiles({ repositoryUrl, installScript }: DotfilesRow): Dotfiles {
  return { repositoryUrl, installScript };
}
