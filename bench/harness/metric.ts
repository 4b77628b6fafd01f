import { quartiles, type Quartiles } from './statistics.ts';

/** Which figure the goal is about, and the bound that it must keep. */
export type Goal = {
  readonly of: 'ratio' | 'value';
  /** The median has to keep it; otherwise the quartile nearest to failing. */
  readonly by?: 'median';
} & ({ readonly atLeast: number } | { readonly atMost: number });

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

/** keepsGoal looks at the quartile nearest to failing, unless the goal is about the median. */
export function keepsGoal({ goal, ...figures }: Metric): boolean {
  const figure = figures[goal.of];
  return 'atLeast' in goal
    ? figure[goal.by ?? 'lower'] >= goal.atLeast
    : figure[goal.by ?? 'upper'] <= goal.atMost;
}

export function goalText(goal: Goal): string {
  const figure = goal.by === undefined ? goal.of : `${goal.by} ${goal.of}`;
  return 'atLeast' in goal ? `${figure} >= ${goal.atLeast}` : `${figure} <= ${goal.atMost}`;
}
