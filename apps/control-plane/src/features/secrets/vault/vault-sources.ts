import { secretNameFault, secretValueFault } from '@spt-flow/shared/domain/secret-name';
import { setLongTimer } from '../../../lib/long-timer.ts';
import type { VaultBody } from './vault-http.ts';
import { documentOf, textsOf } from './vault-kv.ts';
import type { VaultSession } from './vault-session.ts';
import type { VaultSource } from './vault-settings.ts';

/** With nothing that ends, a source is read as often as any other secret. */
const POLL_SECONDS = 25;
const RETRY_SECONDS = 5;
const RENEW_SHARE = 2 / 3;
/** The old one stays valid for so long after its successor came, until nobody uses it any more. */
const OVERLAP_MS = 120_000;

export interface VaultSourcesDeps {
  readonly session: Pick<VaultSession, 'call'>;
  readonly sources: readonly VaultSource[];
  readonly random: () => number;
  readonly onChanged: () => void;
  readonly onError: (error: unknown, path: string) => void;
}

export interface VaultSources {
  variables(): Readonly<Record<string, string>>;
  start(): void;
  /** What was leased with a token that is gone is gone too. */
  renewAll(): void;
  close(): Promise<void>;
}

/** createVaultSources keeps what all workspaces get valid: leases are renewed, and replaced before they can't be. */
export function createVaultSources(deps: VaultSourcesDeps): VaultSources {
  const kept = deps.sources.map((source) => keep(source, deps));
  return {
    variables: () =>
      Object.fromEntries(kept.flatMap(({ variables }) => Object.entries(variables()))),
    start() {
      for (const { look } of kept) look();
    },
    renewAll() {
      for (const each of kept) each.renewAll();
    },
    async close() {
      await Promise.all(kept.map(({ close }) => close()));
    },
  };
}

interface Lease {
  readonly id: string;
  readonly seconds: number;
  readonly isRenewable: boolean;
}

function keep(source: VaultSource, deps: VaultSourcesDeps) {
  const { session, onError } = deps;
  let variables: Readonly<Record<string, string>> = {};
  let lease: Lease | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const ending = new Map<string, NodeJS.Timeout>();

  function next(seconds: number): void {
    clearTimeout(timer);
    if (isClosed) return;
    timer = setLongTimer(look, seconds * (1 - 0.1 * deps.random()));
  }

  async function lookNow(): Promise<number> {
    const renewed = lease?.isRenewable === true ? await renew(lease) : undefined;
    if (renewed) {
      lease = renewed;
      return renewed.seconds * RENEW_SHARE;
    }
    const answer = await session.call({ method: 'GET', path: source.path });
    // Where something was, "nothing" without a word is a mistake of somebody rather than a wish.
    if (!answer?.data) throw new Error(`There is nothing at "${source.path}" in Vault`);
    const old = lease;
    lease = leaseOf(answer);
    take(variablesOf(source, answer.data));
    if (old) endLater(old.id);
    return lease ? lease.seconds * RENEW_SHARE : POLL_SECONDS;
  }

  /** Undefined: it is refused, or gets shorter than it was because its end is near. */
  async function renew({ id, seconds, isRenewable }: Lease): Promise<Lease | undefined> {
    const answer = await session
      .call({
        ...{ method: 'POST', path: 'sys/leases/renew' },
        body: { lease_id: id, increment: seconds },
      })
      .catch((error: unknown) => {
        onError(error, source.path);
        return null;
      });
    const left = answer?.lease_duration ?? 0;
    return left < seconds * 0.9 ? undefined : { id, seconds: left, isRenewable };
  }

  function take(now: Readonly<Record<string, string>>): void {
    const isSame = JSON.stringify(now) === JSON.stringify(variables);
    variables = now;
    if (!isSame) deps.onChanged();
  }

  function endLater(id: string): void {
    const wait = setTimeout(() => void revoke(id), OVERLAP_MS);
    wait.unref();
    ending.set(id, wait);
  }

  async function revoke(id: string): Promise<void> {
    clearTimeout(ending.get(id));
    ending.delete(id);
    await session
      .call({ method: 'POST', path: 'sys/leases/revoke', body: { lease_id: id } })
      .catch((error: unknown) => onError(error, source.path));
  }

  function look(): void {
    lookNow().then(next, (error: unknown) => {
      onError(error, source.path);
      next(RETRY_SECONDS);
    });
  }

  return {
    look,
    variables: () => variables,
    renewAll() {
      if (!lease) return;
      lease = undefined;
      look();
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await Promise.all([...ending.keys(), ...(lease ? [lease.id] : [])].map(revoke));
    },
  };
}

function leaseOf({ lease_id: id, lease_duration: seconds, renewable }: VaultBody) {
  return id === '' || seconds <= 0 ? undefined : { id, seconds, isRenewable: renewable };
}

function variablesOf(
  source: VaultSource,
  data: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> {
  const found =
    source.name === null
      ? [...('metadata' in data ? documentOf(data).values : textsOf(data))]
      : [[source.name, textsOf(data).get(source.field) ?? ''] as const];
  return Object.fromEntries(
    found.filter(
      ([name, value]) =>
        secretNameFault(name) === undefined && secretValueFault(value) === undefined,
    ),
  );
}
