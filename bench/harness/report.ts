import { goalText, keepsGoal, type Metric } from './metric.ts';
import type { Quartiles } from './statistics.ts';

const HEADINGS = ['metric', 'value', 'peer', 'peer value', 'ratio', 'goal', 'ok'];

/** toJsonLine is what machines read: medians, and whether the goal was kept. */
export function toJsonLine(bench: string, metric: Metric): string {
  return JSON.stringify({
    bench,
    metric: metric.metric,
    value: round(metric.value.median),
    unit: metric.unit,
    peer: metric.peer,
    peerValue: round(metric.peerValue.median),
    ratio: round(metric.ratio.median),
    goal: goalText(metric.goal),
    ok: keepsGoal(metric),
  });
}

/** toTable is what people read: medians with their quartiles. */
export function toTable(metrics: readonly Metric[]): string {
  const rows = metrics.map((metric) => [
    `${metric.metric} (${metric.unit})`,
    spread(metric.value),
    metric.peer,
    spread(metric.peerValue),
    spread(metric.ratio),
    goalText(metric.goal),
    keepsGoal(metric) ? 'yes' : 'NO',
  ]);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(HEADINGS), ...rows.map(line)].join('\n');
}

function spread({ lower, median, upper }: Quartiles): string {
  return lower === upper
    ? `${round(median)}`
    : `${round(median)} (${round(lower)}–${round(upper)})`;
}

/** Three digits say all that such a measurement can. */
function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
