import type { Queryable } from '@spt-flow/db/client';
import type { Costs as CostsOfMonth } from '@spt-flow/shared/api/costs';
import type { Clock } from '../../lib/clock.ts';
import type { Prices } from '../workspaces/index.ts';
import type { CostsRepository } from './costs-repository.ts';
import type { LifecycleWorkspace } from './lifecycle-repository.ts';

const HOUR_MS = 3_600_000;
const MICROS = 1_000_000;
const NEAR_SHARE = 0.8;
/** After a longer pause of this process nobody knows what ran: it is not charged. */
const LONGEST_CHARGE_MS = 5 * 60_000;

export type Costs = ReturnType<typeof createCosts>;

/** createCosts adds up what running workspaces cost, by owner and month. */
export function createCosts(deps: {
  readonly repository: CostsRepository;
  readonly prices: Prices;
  readonly budget: number | undefined;
  readonly clock: Clock;
}) {
  const { repository, prices, clock, budget } = deps;
  let chargedAtMs: number | undefined;

  return {
    /** Charges for the time since the last call. */
    async charge(running: readonly LifecycleWorkspace[], tx: Queryable): Promise<void> {
      const nowMs = clock.monotonicMs();
      const elapsedMs = chargedAtMs === undefined ? 0 : nowMs - chargedAtMs;
      chargedAtMs = nowMs;
      if (elapsedMs === 0 || elapsedMs > LONGEST_CHARGE_MS) return;
      await repository.add(monthOf(clock.now()), chargesOf(running, { prices, elapsedMs }), tx);
    },

    /** Null: nothing has a price. */
    async ofMonth(organizationId: string): Promise<{ costs: CostsOfMonth | null }> {
      if (!prices.arePaid) return { costs: null };
      const month = monthOf(clock.now());
      const rows = await repository.ofMonth(organizationId, month);
      const money = (micros: number) => ({ amount: micros / MICROS, currency: prices.currency });
      const spent = rows.reduce((sum, { micros }) => sum + micros, 0);
      return {
        costs: {
          ...{ month, spent: money(spent), state: stateOf(spent, budget) },
          budget: budget === undefined ? null : money(budget * MICROS),
          owners: rows.map(({ micros, ...owner }) => ({ ...owner, spent: money(micros) })),
        },
      };
    },
  };
}

function chargesOf(
  running: readonly LifecycleWorkspace[],
  { prices, elapsedMs }: { prices: Prices; elapsedMs: number },
) {
  const byOwner = new Map<string, { organizationId: string; userId: string; micros: number }>();
  for (const workspace of running) {
    const { organizationId, ownerId: userId } = workspace;
    const micros = Math.round(((prices.perHour(workspace) ?? 0) * MICROS * elapsedMs) / HOUR_MS);
    if (micros === 0) continue;
    const key = `${organizationId} ${userId}`;
    const before = byOwner.get(key)?.micros ?? 0;
    byOwner.set(key, { organizationId, userId, micros: before + micros });
  }
  return [...byOwner.values()];
}

function stateOf(spentMicros: number, budget: number | undefined): CostsOfMonth['state'] {
  if (budget === undefined) return 'ok';
  if (spentMicros >= budget * MICROS) return 'over';
  return spentMicros >= budget * MICROS * NEAR_SHARE ? 'near' : 'ok';
}

function monthOf(at: Date): string {
  return at.toISOString().slice(0, 7);
}
