const DAY_MS = 86_400_000;

/** A date and a time of day as a clock on the wall shows them, in milliseconds as if it were UTC. */
type WallMs = number;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, hourCycle: 'h23', calendar: 'gregory' },
    ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  formats.set(timeZone, format);
  return format;
}

function wallOf(instantMs: number, timeZone: string): WallMs {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(instantMs))
    parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** dateAt returns the date on the wall, `2026-03-29`. */
export function dateAt(instant: Date, timeZone: string): string {
  return new Date(wallOf(instant.getTime(), timeZone)).toISOString().slice(0, 10);
}

/** addDays counts dates, which have no time zone. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);
}

/** weekdayOf returns 1 for Monday to 7 for Sunday. */
export function weekdayOf(date: string): number {
  return ((new Date(date).getUTCDay() + 6) % 7) + 1;
}

/**
 * instantAt returns when a clock on the wall shows the date and time. Of a time that comes twice, when clocks are put
 * back, it is the first; one that is left out, when they are put forward, comes as much later as was left out.
 */
export function instantAt(date: string, time: string, timeZone: string): Date {
  const wall = Date.parse(`${date}T${time}:00Z`);
  const [before = 0, after = 0] = [wall - DAY_MS, wall + DAY_MS].map(
    (instantMs) => wallOf(instantMs, timeZone) - instantMs,
  );
  const candidates = [wall - before, wall - after].sort((a, b) => a - b);
  const exact = candidates.find((instantMs) => wallOf(instantMs, timeZone) === wall);
  return new Date(exact ?? wall - before);
}
