const UNIT_SECONDS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ...{ s: 1, sec: 1, second: 1 },
    ...{ m: 60, min: 60, minute: 60 },
    ...{ h: 3_600, hr: 3_600, hour: 3_600 },
    ...{ d: 86_400, day: 86_400 },
    ...{ w: 604_800, week: 604_800 },
    ...{ mo: 2_592_000, month: 2_592_000 },
  }),
);
const MAX_CHARACTERS = 64;

/** secondsOf reads `3600`, `90 minutes` or `1h 30m`; undefined: it is no duration. */
export function secondsOf(text: string): number | undefined {
  if (text.length > MAX_CHARACTERS) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const parts = [...text.trim().matchAll(/(\d+)\s*([a-z]+)\s*(?:and\s+)?/gy)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text.trim())
    return undefined;
  let sum = 0;
  for (const [, count, unit = ''] of parts) {
    const seconds = UNIT_SECONDS.get(unit) ?? UNIT_SECONDS.get(unit.replace(/s$/, ''));
    if (seconds === undefined) return undefined;
    sum += Number(count) * seconds;
  }
  return sum;
}
