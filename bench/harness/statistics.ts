export interface Quartiles {
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
}

/** quartiles interpolates between neighbours; the list may be in any order. */
export function quartiles(values: readonly number[]): Quartiles {
  if (values.length === 0) throw new Error('There is nothing to take quartiles of');
  const sorted = [...values].sort((a, b) => a - b);
  return {
    lower: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    upper: quantile(sorted, 0.75),
  };
}

export function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  return below + (above - below) * (position - Math.floor(position));
}
