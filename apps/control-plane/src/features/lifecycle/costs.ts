import type { Queryable } from '@spt-flow/db/client';
import type { Costs as CostsOfMonth } from '@spt-flow/shared/api/costs';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import { addToMonth, monthOf } from '../bills/index.ts';
import type { Prices } from '../workspaces/index.ts';
import { createCharges } from './charges.ts';
import type { CostsRepository } from './costs-repository.ts';
import type { LifecycleWorkspace } from './lifecycle-repository.ts';

const MICROS = 1_000_000;
const NEAR_SHARE = 0.8;
/** After a longer pause of this process nobody knows what ran: it is not charged. */
const LONGEST_CHARGE_MS = 5 * 60_000;

export type Costs = ReturnType<typeof createCosts>;

/** createCosts adds up what running workspaces cost, by owner and month. */
export function createCosts(deps: {
  readonly repository: CostsRepository;
  readonly prices: Prices;
  /** Of organizations that set none. */
  readonly budget: number | undefined;
  readonly audit: Audit;
  readonly clock: Clock;
}) {
  const { repository, prices, clock } = deps;
  const charges = createCharges<LifecycleWorkspace>(prices.perHour);
  let chargedAtMs: number | undefined;

  async function pricedMonth(organizationId: string): Promise<CostsOfMonth> {
    const month = monthOf(clock.now());
    const [rows, own] = await Promise.all([
      repository.ofMonth(organizationId, month),
      repository.budgetOf(organizationId),
    ]);
    const budget = own ?? (deps.budget === undefined ? undefined : deps.budget * MICROS);
    const money = (micros: number) => ({ amount: micros / MICROS, currency: prices.currency });
    const spent = rows.reduce((sum, { micros }) => sum + micros, 0);
    return {
      ...{ month, spent: money(spent), state: stateOf(spent, budget) },
      budget: budget === undefined ? null : money(budget),
      owners: rows.map(({ micros, ...owner }) => ({ ...owner, spent: money(micros) })),
    };
  }

  return {
    /** Charges for the time since the last call. */
    async charge(running: readonly LifecycleWorkspace[], tx: Queryable): Promise<void> {
      const nowMs = clock.monotonicMs();
      const elapsedMs = chargedAtMs === undefined ? 0 : nowMs - chargedAtMs;
      chargedAtMs = nowMs;
      if (elapsedMs === 0 || elapsedMs > LONGEST_CHARGE_MS) return;
      await addToMonth(tx, clock.now(), charges.of(running, elapsedMs));
    },

    /** Null: nothing has a price. */
    ofMonth: async (organizationId: string) => ({
      costs: prices.arePaid ? await pricedMonth(organizationId) : null,
    }),

    /** Null: as configured. AppError `conflict` where nothing has a price. */
    async setBudget(principal: Principal, amount: number | null, correlationId: string) {
      const { organizationId } = principal;
      if (!prices.arePaid)
        throw new AppError(
          'conflict',
          'Nothing has a price here: start spt-flow with SPT_FLOW_PRICES',
        );
      await repository.transaction(async (tx) => {
        const micros = amount === null ? null : Math.round(amount * MICROS);
        await repository.setBudget(organizationId, micros, tx);
        const entry = { action: 'budget.set', target: organizationId, detail: { amount } };
        const by = { principal: auditName(principal), correlationId };
        await deps.audit.record({ organizationId, ...by, ...entry }, tx);
      });
      return { costs: await pricedMonth(organizationId) };
    },
  };
}

function stateOf(spentMicros: number, budget: number | undefined): CostsOfMonth['state'] {
  if (budget === undefined) return 'ok';
  if (spentMicros >= budget) return 'over';
  return spentMicros >= budget * NEAR_SHARE ? 'near' : 'ok';
}
