import type { Pair } from './metric.ts';

interface Sides {
  readonly product: () => Promise<number>;
  readonly peer: () => Promise<number>;
}

export interface Disturbance {
  /** Share of the machine that others used meanwhile, 0 to 1. */
  during<T>(work: () => Promise<T>): Promise<{ result: T; foreignShare: number }>;
}

const MAX_FOREIGN_SHARE = 0.05;

/**
 * measurePairs measures in turn, A B then B A, so that a slow drift of the machine favours neither; a
 * pair during which others used the machine does not count and is measured again, twice at most.
 */
export async function measurePairs(
  sides: Sides,
  options: { pairs: number; disturbance: Disturbance },
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  const attempts = options.pairs * 3;
  for (let attempt = 0; attempt < attempts && pairs.length < options.pairs; attempt++) {
    const { result, foreignShare } = await options.disturbance.during(() =>
      measurePair(sides, attempt),
    );
    if (foreignShare <= MAX_FOREIGN_SHARE) pairs.push(result);
  }
  if (pairs.length < options.pairs) {
    throw new Error('Other processes disturbed the measurement: end them, then measure again');
  }
  return pairs;
}

async function measurePair(sides: Sides, attempt: number): Promise<Pair> {
  if (attempt % 2 === 0) {
    const product = await sides.product();
    return { product, peer: await sides.peer() };
  }
  const peer = await sides.peer();
  return { product: await sides.product(), peer };
}
