import type { Database } from '@spt-flow/db/client';
import { createTtlCache } from '../../lib/ttl-cache.ts';
import { createCertificateGate, type CertificateGateDeps } from './certificate-gate.ts';
import { createDnsLook } from './dns-look.ts';
import { createDomainCheck, type DomainCheckDeps } from './domain-check.ts';
import { createDomainKeeper } from './domain-keeper.ts';
import { createDomainsRepository } from './domains-repository.ts';
import { createDomainsService, type DomainsServiceDeps } from './domains-service.ts';
import { createProofs } from './proof.ts';
import { createServedDomains } from './served-domains.ts';

const KEEP_INTERVAL_MS = 30_000;
const ADDRESSES_TTL_MS = 60_000;

export interface DomainsDeps
  extends
    Omit<DomainCheckDeps, 'repository' | 'dns' | 'proofs'>,
    Omit<CertificateGateDeps, 'served'>,
    Pick<DomainsServiceDeps, 'findProject' | 'publicUrl'> {
  readonly clock: DomainCheckDeps['clock'];
  readonly db: Database;
  readonly secretKey: string;
  readonly previewDomain: string;
  /** Empty: those of the system. */
  readonly dnsServers: readonly string[];
  readonly onError: (error: unknown, subject?: unknown) => void;
}

export type Domains = ReturnType<typeof createDomains>;

/** createDomains puts the feature together. */
export function createDomains(deps: DomainsDeps) {
  const repository = createDomainsRepository(deps.db);
  const served = createServedDomains(repository, deps.clock);
  const proofs = createProofs(deps.secretKey);
  const ownHost = new URL(deps.publicUrl).hostname.replace(/^\[|\]$/g, '');
  const dns = createDnsLook({ servers: deps.dnsServers, ownHost });
  const addresses = createTtlCache<readonly string[]>({
    ...{ ttlMs: ADDRESSES_TTL_MS, maxEntries: 1, clock: deps.clock },
  });
  const ownAddresses = async () => (await addresses.get(ownHost, dns.ownAddresses)) ?? [];
  const onServedChanged = (organizationId: string) => {
    served.forget();
    deps.onServedChanged(organizationId);
  };
  const parts = { ...deps, repository, proofs, dns, onServedChanged };
  const check = createDomainCheck(parts);
  const keep = createDomainKeeper({ ...deps, repository, check });
  const ownNames = [ownHost, deps.previewDomain];
  const closing = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let keeping: Promise<void> | undefined;

  /** A DNS that takes its time is not asked twice for the same. */
  function keepOnce(): Promise<void> {
    keeping ??= keep(closing.signal)
      .catch(deps.onError)
      .finally(() => (keeping = undefined));
    return keeping;
  }

  return {
    service: createDomainsService({ ...parts, check, ownNames, ownAddresses }),
    served,
    certificateGate: createCertificateGate({ ...deps, served }),
    /** Looks at all domains whose time has come; `start` does so all the time. */
    keep: keepOnce,
    start() {
      void keepOnce();
      timer = setInterval(() => void keepOnce(), KEEP_INTERVAL_MS).unref();
    },
    async close() {
      clearInterval(timer);
      closing.abort();
      await keeping;
    },
  };
}
