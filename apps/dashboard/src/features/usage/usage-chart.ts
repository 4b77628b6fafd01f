import type { UsageSample } from '@spt-flow/shared/api/usage';

export type Measure = Exclude<keyof UsageSample, 'at'>;

export interface Point {
  readonly atMs: number;
  readonly value: number;
}

interface Frame {
  readonly fromMs: number;
  readonly toMs: number;
  /** The top of the chart. */
  readonly top: number;
  /** A longer pause between two points is no line: it did not run, or was not seen. */
  readonly gapMs: number;
}

/** In units of the drawing, which is stretched to its place. */
export const CHART_WIDTH = 600;
export const CHART_HEIGHT = 100;
/** Room above the highest value, so that a line at its peak can be seen. */
const HEADROOM = 1.15;

export function pointsOf(samples: readonly UsageSample[], measure: Measure): Point[] {
  return samples.flatMap((sample) => {
    const value = sample[measure];
    return value === null ? [] : [{ atMs: Date.parse(sample.at), value }];
  });
}

/** topOf leaves a limit far above out of sight: the line would be flat. */
export function topOf(points: readonly Point[], limit: number | null): number {
  const peak = Math.max(0, ...points.map(({ value }) => value));
  if (limit !== null && limit <= peak * 5) return Math.max(limit, peak) * HEADROOM;
  return peak === 0 ? (limit ?? 1) : peak * HEADROOM;
}

/** pathOf draws one line for each stretch without a gap. */
export function pathOf(points: readonly Point[], frame: Frame): string {
  return points
    .map((point, index) => {
      const before = points[index - 1];
      const isBegin = !before || point.atMs - before.atMs > frame.gapMs;
      return `${isBegin ? 'M' : 'L'}${xOf(point.atMs, frame)} ${yOf(point.value, frame)}`;
    })
    .join('');
}

function xOf(atMs: number, { fromMs, toMs }: Frame): string {
  return (((atMs - fromMs) / (toMs - fromMs)) * CHART_WIDTH).toFixed(1);
}

export function yOf(value: number, { top }: Frame): string {
  return (CHART_HEIGHT - (value / top) * CHART_HEIGHT).toFixed(1);
}
