import type { ChatUsage } from '@spt-flow/shared/api/conversations';
import type { ModelPrices } from './pipeline/model-prices.ts';
import type { Queryable } from '@spt-flow/db/client';
import type { Audit } from '../../lib/audit.ts';
import type { HoldOwner, SpendingRepository, Spent, UsedRow } from './spending-repository.ts';

export interface SpendingConfig {
  readonly prices: ModelPrices;
  readonly maxTurnTokens: number;
  /** Of any project, in millionths of a dollar; null: no limit. */
  readonly projectBudgetMicros: number | null;
}

export type Spending = ReturnType<typeof createSpending>;

/** What a request may cost at most, with whatever else was decided by what is left. */
export interface Affordable {
  readonly micros: number;
}

/** createSpending knows what a project has used, and what it may still use. */
export function createSpending(
  repository: SpendingRepository,
  { prices, projectBudgetMicros }: SpendingConfig,
) {
  const { spentBy } = repository;

  /** The lower one counts. */
  function budgetWith(ownMicros: number | null): number | null {
    if (ownMicros === null || projectBudgetMicros === null) return ownMicros ?? projectBudgetMicros;
    return Math.min(ownMicros, projectBudgetMicros);
  }

  function leftOf({ costMicros, ownBudgetMicros }: Spent): number | null {
    const budget = budgetWith(ownBudgetMicros);
    return budget === null ? null : Math.max(0, budget - costMicros);
  }

  return {
    prices,

    async usage(projectId: string): Promise<ChatUsage> {
      const spent = await spentBy({ projectId });
      return { ...spent, budgetMicros: budgetWith(spent.ownBudgetMicros) };
    },

    /**
     * Sets aside what `choose` says a request may cost, knowing what is left (null: no limit); undefined: it is not
     * affordable. INVARIANT: what was spent and what is set aside stay within the budget, whoever else asks.
     */
    async hold<T extends Affordable>(
      owner: HoldOwner,
      choose: (leftMicros: number | null) => T | undefined,
    ): Promise<(T & { readonly holdId: string | undefined }) | undefined> {
      if (leftOf(await spentBy(owner)) === null) {
        const unlimited = choose(null);
        return unlimited && { ...unlimited, holdId: undefined };
      }
      return repository.transaction(async (tx) => {
        await repository.lockProject(owner.projectId, tx);
        const chosen = choose(leftOf(await spentBy(owner, tx)));
        if (!chosen) return undefined;
        const { micros } = chosen;
        return { ...chosen, holdId: await repository.putHold({ ...owner, micros }, tx) };
      });
    },

    /**
     * After a crash, at the start and when another replica went: what the service charged for a request that was cut
     * off is not known, so nothing is counted, and the audit log says how much it may have been.
     */
    async settleLost(audit: Audit, correlationId: string): Promise<void> {
      await repository.transaction(async (tx) => {
        for (const { organizationId, projectId, micros } of await repository.removeLostHolds(tx))
          await audit.record(
            {
              ...{ organizationId, correlationId, principal: 'system', target: projectId },
              ...{ action: 'model_request.lost', detail: { atMostMicros: micros } },
            },
            tx,
          );
      });
    },

    release: (holdId: string, tx: Queryable) => repository.removeHold(holdId, tx),

    /** In place of what was set aside; without anything used the request did not come about. */
    async settle(
      holdId: string | undefined,
      used: { readonly row: UsedRow; readonly at: Date } | undefined,
    ): Promise<void> {
      await repository.transaction(async (tx) => {
        if (holdId !== undefined) await repository.removeHold(holdId, tx);
        if (used) await repository.addUse(used.row, used.at, tx);
      });
    },
  };
}
