import { hash, randomBytes } from 'node:crypto';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Audit } from '../../lib/audit.ts';
import type { Principal } from '../../lib/principal.ts';
import { hashToken, newToken } from '../../lib/tokens.ts';
import type { PreviewSessionsRepository } from './preview-sessions-repository.ts';

/** PreviewSessions hand a browser's sign-in over to the host name of a preview, which no cookie of the dashboard reaches. */
export interface PreviewSessions {
  /** A code for the browser that made the challenge: works once, at this host only. */
  issueCode(
    principal: Principal,
    target: { readonly label: string; readonly challenge: string },
  ): Promise<string>;
  /** The token of the host's own cookie; undefined when the code opens nothing (any more). */
  redeem(
    input: { readonly label: string; readonly code: string; readonly secret: string },
    correlationId: string,
  ): Promise<string | undefined>;
}

export function createPreviewSessions(deps: {
  readonly repository: PreviewSessionsRepository;
  readonly audit: Audit;
}): PreviewSessions {
  const { repository } = deps;
  return {
    async issueCode(principal, { label, challenge }) {
      // It ends with the login it comes from; a program with a token has no use for cookies.
      if (principal.via.kind !== 'login')
        throw new AppError('not_permitted', 'Send the token itself to the preview');
      const code = newToken('code');
      const loginSessionId = principal.via.id;
      await repository.create({ loginSessionId, label, challenge, codeHash: hashToken(code) });
      return code;
    },

    async redeem({ label, code, secret }, correlationId) {
      const token = newToken('preview');
      const binding = { label, codeHash: hashToken(code), challenge: challengeOf(secret) };
      return repository.transaction(async (tx) => {
        const account = await repository.redeem(binding, hashToken(token), tx);
        if (!account) return undefined;
        const { organizationId, userId } = account;
        const entry = { organizationId, principal: `user:${userId}`, correlationId };
        await deps.audit.record(
          { ...entry, action: 'preview.sign-in', target: `preview:${label}` },
          tx,
        );
        return token;
      });
    },
  };
}

/** newSecret is what only the browser at the preview's host has. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

export function challengeOf(secret: string): string {
  return hash('sha256', secret, 'base64url');
}
