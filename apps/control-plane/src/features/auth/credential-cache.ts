import type { Clock } from '../../lib/clock.ts';
import type { CredentialCheck, Principal } from '../../lib/principal.ts';
import { hashToken } from '../../lib/tokens.ts';

/** How long another replica may still accept what was revoked here. */
const TTL_MS = 5_000;
const MAX_ENTRIES = 10_000;

interface Entry {
  readonly principal: Principal;
  readonly until: number;
}

export interface CredentialCache extends CredentialCheck {
  /** After anything was revoked: the next request of everybody asks the database. */
  forget(): void;
}

/** createCredentialCache remembers for seconds whom a secret stands for; unknown secrets are never remembered. */
export function createCredentialCache(check: CredentialCheck, clock: Clock): CredentialCache {
  let entries = new Map<string, Entry>();

  async function resolve(
    kind: keyof CredentialCheck,
    token: string,
  ): Promise<Principal | undefined> {
    const key = `${kind}:${hashToken(token)}`;
    const known = entries.get(key);
    if (known && known.until > clock.monotonicMs()) return known.principal;
    entries.delete(key);
    // Whatever is revoked while the database is asked must not be remembered: it goes with these entries.
    const current = entries;
    const principal = await check[kind](token);
    if (principal) remember(current, key, principal);
    return principal;
  }

  function remember(current: Map<string, Entry>, key: string, principal: Principal): void {
    if (current.size >= MAX_ENTRIES) current.clear();
    current.set(key, { principal, until: clock.monotonicMs() + TTL_MS });
  }

  return {
    byLogin: (token) => resolve('byLogin', token),
    byApiToken: (token) => resolve('byApiToken', token),
    forget: () => {
      entries = new Map();
    },
  };
}
