import { createSealedBox } from '../../lib/sealed-box.ts';
import type { GitLoginRow } from './git-logins-repository.ts';

type Scope = Pick<GitLoginRow, 'userId' | 'organizationId' | 'origin' | 'path'>;

export type LoginSeal = ReturnType<typeof createLoginSeal>;

/** createLoginSeal encrypts tokens so that each opens only for its owner, host and path: rows can't be exchanged. */
export function createLoginSeal(secretKey: string) {
  const box = createSealedBox(secretKey, 'git-logins/v1');
  return {
    seal: (scope: Scope, token: string) => box.seal(nameOf(scope), Buffer.from(token)),
    open: (row: Scope & Pick<GitLoginRow, 'sealedToken'>) =>
      box.open(nameOf(row), row.sealedToken).toString(),
  };
}

function nameOf({ userId, organizationId, origin, path }: Scope): string {
  return JSON.stringify([organizationId, userId, origin, path]);
}
