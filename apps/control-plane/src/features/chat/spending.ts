import type { ModelPrices } from './pipeline/model-prices.ts';
import type { SpendingRepository } from './spending-repository.ts';

export interface SpendingConfig {
  readonly prices: ModelPrices;
  readonly maxTurnTokens: number;
  /** Of a project, in millionths of a dollar; null: no limit. */
  readonly projectBudgetMicros: number | null;
}

export type Spending = ReturnType<typeof createSpending>;

/** createSpending knows what a project has used, and what it may still use. */
export function createSpending(
  { spentBy }: SpendingRepository,
  { prices, projectBudgetMicros }: SpendingConfig,
) {
  return {
    prices,
    projectBudgetMicros,
    spentBy,

    /** Null: no limit. */
    async leftMicros(projectId: string): Promise<number | null> {
      if (projectBudgetMicros === null) return null;
      return Math.max(0, projectBudgetMicros - (await spentBy(projectId)).costMicros);
    },
  };
}
