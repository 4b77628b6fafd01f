import type { Amounts, CostEstimate } from '@spt-flow/shared/domain/infra-cost';
import { table } from '../core/text.ts';

const HEAD = ['ITEM', 'QUANTITY', '24X7', 'SCHEDULE', 'SPOT', 'BOTH'];

/** describeCost is a table in dollars a month, its sum, and what is saved against machines around the clock. */
export function describeCost(estimate: CostEstimate): string {
  const { prices, total, hoursPerMonth, items } = estimate;
  const rows = items.map((item) => [item.name, item.quantity, ...cells(item, dollars)]);
  const saved = (usd: number) => `${Math.round(100 * (1 - usd / total.always))} %`;
  return [
    table([
      HEAD,
      ...rows,
      ['Total', '', ...cells(total, dollars)],
      ['Saved', '', ...cells(total, saved)],
    ]),
    '',
    `${prices.currency} a month in ${prices.region}, prices of ${prices.readOn}; on schedule ${hoursPerMonth.scheduled.toFixed(1)} of ${hoursPerMonth.always} hours`,
    'Not included: traffic to the internet, logs, copies, builds, and the database above its least size',
  ].join('\n');
}

function cells(amounts: Amounts, show: (usd: number) => string): string[] {
  const { always, scheduled, spot, scheduledSpot } = amounts;
  return [always, scheduled, spot, scheduledSpot].map((usd) => (usd === null ? '-' : show(usd)));
}

function dollars(usd: number): string {
  return usd.toFixed(0);
}
