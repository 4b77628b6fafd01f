import type { Visitor } from '@spt-flow/shared/domain/sharing';
import type { Clock } from '../../lib/clock.ts';
import type { CredentialCheck, Principal, VisitorCheck } from '../../lib/principal.ts';
import { hashToken } from '../../lib/tokens.ts';
import { createTtlCache } from '../../lib/ttl-cache.ts';

/** How long another replica may still accept what was revoked here. */
const TTL_MS = 5_000;
const MAX_ENTRIES = 10_000;

export interface CredentialCache extends CredentialCheck, VisitorCheck {
  /** After anything was revoked: the next request of everybody asks the database. */
  forget(): void;
}

/** createCredentialCache remembers for seconds whom a secret stands for; unknown secrets are never remembered. */
export function createCredentialCache(
  check: CredentialCheck & VisitorCheck,
  clock: Clock,
): CredentialCache {
  const options = { ttlMs: TTL_MS, maxEntries: MAX_ENTRIES, clock };
  const principals = createTtlCache<Principal>(options);
  const visitors = createTtlCache<Visitor>(options);

  return {
    byLogin: (token) => principals.get(`login:${hashToken(token)}`, () => check.byLogin(token)),
    byApiToken: (token) => principals.get(`api:${hashToken(token)}`, () => check.byApiToken(token)),
    byPreview: (token, label) =>
      visitors.get(`${label}:${hashToken(token)}`, () => check.byPreview(token, label)),
    forget() {
      principals.forget();
      visitors.forget();
    },
  };
}
