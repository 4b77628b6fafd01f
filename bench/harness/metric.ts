import { quartiles, type Quartiles } from './statistics.ts';

/** Which figure the goal is about, and the bound that it must keep. */
export type Goal = { readonly of: 'ratio' | 'value' } & (
  { readonly atLeast: number } | { readonly atMost: number }
);

export interface Metric {
  readonly metric: string;
  readonly unit: string;
  readonly value: Quartiles;
  readonly peer: string;
  readonly peerValue: Quartiles;
  readonly ratio: Quartiles;
  readonly goal: Goal;
}

export interface Pair {
  readonly product: number;
  readonly peer: number;
}

/** toMetric takes the ratio within each pair, because what disturbs the machine disturbs both of a pair. */
export function toMetric(
  pairs: readonly Pair[],
  about: Pick<Metric, 'metric' | 'unit' | 'peer' | 'goal'>,
): Metric {
  return {
    ...about,
    value: quartiles(pairs.map((pair) => pair.product)),
    peerValue: quartiles(pairs.map((pair) => pair.peer)),
    ratio: quartiles(pairs.map((pair) => pair.product / pair.peer)),
  };
}

/** keepsGoal looks at the quartile nearest to failing. */
export function keepsGoal(metric: Metric): boolean {
  const figure = metric[metric.goal.of];
  return 'atLeast' in metric.goal
    ? figure.lower >= metric.goal.atLeast
    : figure.upper <= metric.goal.atMost;
}

export function goalText({ of, ...bound }: Goal): string {
  return 'atLeast' in bound ? `${of} >= ${bound.atLeast}` : `${of} <= ${bound.atMost}`;
}
