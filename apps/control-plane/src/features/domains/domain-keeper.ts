import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { newCorrelationId } from '../../lib/correlation.ts';
import type { DomainCheck } from './domain-check.ts';
import { oldestClaim } from './domain-state.ts';
import type { DomainsRepository } from './domains-repository.ts';

const AT_ONCE = 8;

export interface DomainKeeperDeps {
  readonly repository: DomainsRepository;
  readonly check: DomainCheck;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly onError: (error: unknown, subject?: unknown) => void;
}

/** createDomainKeeper returns what looks at all domains whose time has come, once; replicas share the work. */
export function createDomainKeeper(deps: DomainKeeperDeps) {
  const { repository, clock } = deps;

  async function giveUpOldClaims(): Promise<void> {
    await repository.transaction(async (tx) => {
      const removed = await repository.removeClaimsBefore(oldestClaim(clock.now()), tx);
      const entries = removed.map(({ organizationId, projectId, name }) => ({
        ...{ organizationId, principal: 'system', action: 'domain.expire' },
        ...{ target: `project:${projectId}`, correlationId: newCorrelationId() },
        detail: { domain: name },
      }));
      if (entries.length > 0) await deps.audit.recordAll(entries, tx);
    });
  }

  return async function keep(signal: AbortSignal): Promise<void> {
    await giveUpOldClaims();
    while (!signal.aborted) {
      const due = await repository.takeDue(clock.now(), AT_ONCE);
      await Promise.all(
        due.map((row) =>
          deps
            .check(row, newCorrelationId())
            .catch((error: unknown) => deps.onError(error, row.name)),
        ),
      );
      if (due.length < AT_ONCE) return;
    }
  };
}
