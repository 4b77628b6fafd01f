import { invalid } from '../reading/index.ts';
import type { Place } from '../../../lib/located-yaml.ts';

/** splitWords takes a command apart as a shell does, without replacing anything. */
export function splitWords(text: string, place: Place): string[] {
  const words = text.match(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+|\S/gs) ?? [];
  return words.map((word) => {
    if (/^["'\\]$/.test(word)) throw invalid(place, `"${text}" has a quote without its end`);
    return word.replace(
      /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/gs,
      (_whole, escaped?: string, double?: string, single?: string) =>
        escaped ?? single ?? (double ?? '').replace(/\\(["\\$`])/g, '$1'),
    );
  });
}

const UNITS_MS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** durationMs reads `1m30s`; undefined: it is no duration. */
export function durationMs(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(us|ms|s|m|h))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h)/g)];
  return parts.reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (UNITS_MS[unit ?? ''] ?? 0),
    0,
  );
}
