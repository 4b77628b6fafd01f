import type { ChatUsage } from '@spt-flow/shared/api/conversations';
import type { ModelPrices } from './pipeline/model-prices.ts';
import type { SpendingRepository } from './spending-repository.ts';

export interface SpendingConfig {
  readonly prices: ModelPrices;
  readonly maxTurnTokens: number;
  /** Of any project, in millionths of a dollar; null: no limit. */
  readonly projectBudgetMicros: number | null;
}

export type Spending = ReturnType<typeof createSpending>;

/** createSpending knows what a project has used, and what it may still use. */
export function createSpending(
  { spentBy }: SpendingRepository,
  { prices, projectBudgetMicros }: SpendingConfig,
) {
  /** The lower one counts. */
  function budgetWith(ownMicros: number | null): number | null {
    if (ownMicros === null || projectBudgetMicros === null) return ownMicros ?? projectBudgetMicros;
    return Math.min(ownMicros, projectBudgetMicros);
  }

  return {
    prices,

    async usage(projectId: string): Promise<ChatUsage> {
      const spent = await spentBy(projectId);
      return { ...spent, budgetMicros: budgetWith(spent.ownBudgetMicros) };
    },

    /** Null: no limit. */
    async leftMicros(conversation: {
      readonly projectId: string;
      readonly budgetMicros: number | null;
    }): Promise<number | null> {
      const budget = budgetWith(conversation.budgetMicros);
      if (budget === null) return null;
      return Math.max(0, budget - (await spentBy(conversation.projectId)).costMicros);
    },
  };
}
