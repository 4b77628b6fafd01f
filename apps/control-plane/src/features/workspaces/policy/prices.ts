import type { Money } from '@spt-flow/shared/api/costs';
import {
  WorkspaceSettingsSchema,
  type WorkspaceSize,
} from '@spt-flow/shared/domain/workspace-settings';
import type { WorkspaceRow } from '../workspaces-repository.ts';

interface Priced extends Pick<WorkspaceRow, 'settings'> {
  readonly provider: string;
}

/** Prices says what running workspaces cost. */
export interface Prices {
  /** Something has a price. */
  readonly arePaid: boolean;
  readonly currency: string;
  perHour(workspace: Priced): number | null;
}

/** createPrices prices workspaces by size; machines that are not ours are paid for elsewhere. */
export function createPrices(options: {
  readonly pricesPerHour: Readonly<Partial<Record<WorkspaceSize, number>>>;
  readonly currency: string;
}): Prices {
  const { pricesPerHour, currency } = options;
  return {
    currency,
    arePaid: Object.keys(pricesPerHour).length > 0,
    perHour: ({ provider, settings }) =>
      provider === 'server'
        ? null
        : (pricesPerHour[WorkspaceSettingsSchema.parse(settings).size] ?? null),
  };
}

export function costPerHour(prices: Prices, workspace: Priced): Money | null {
  const amount = prices.perHour(workspace);
  return amount === null ? null : { amount, currency: prices.currency };
}
