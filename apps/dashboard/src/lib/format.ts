const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
const MEBIBYTE = 1024 * 1024;
const GIBIBYTE = 1024 * MEBIBYTE;

const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'long' });
const DATE = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });
const DATE_TIME = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium' });
const CLOCK = new Intl.DateTimeFormat('en', { timeStyle: 'medium', hour12: false });

/** formatDuration is for step times: "84 ms", "1.2 s", "2 min 5 s". */
export function formatDuration(durationMs: number): string {
  if (durationMs < 0.5) return 'under 1 ms';
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  if (durationMs < MINUTE_MS) return `${(durationMs / 1000).toFixed(1)} s`;
  return `${Math.floor(durationMs / MINUTE_MS)} min ${Math.floor((durationMs % MINUTE_MS) / 1000)} s`;
}

/** formatAge says how long ago an instant was, in words up to a week and as a date after that. */
export function formatAge(instant: string, nowMs: number): string {
  const ageMs = nowMs - Date.parse(instant);
  if (ageMs < MINUTE_MS) return 'just now';
  if (ageMs < HOUR_MS) return RELATIVE.format(-Math.floor(ageMs / MINUTE_MS), 'minute');
  if (ageMs < DAY_MS) return RELATIVE.format(-Math.floor(ageMs / HOUR_MS), 'hour');
  if (ageMs < WEEK_MS) return RELATIVE.format(-Math.floor(ageMs / DAY_MS), 'day');
  return DATE.format(new Date(instant));
}

/** headlineOf is the first sentence: summaries may go on, titles don't. */
export function headlineOf(text: string): string {
  return /^[\s\S]*?[.!?](?=\s|$)/.exec(text)?.[0].replace(/\.$/, '') ?? text;
}

const HEAD_CHARACTERS = 60;

/** headOf is enough of a message to know it again. */
export function headOf(text: string): string {
  const line = text.split('\n')[0] ?? '';
  return line.length > HEAD_CHARACTERS ? `${line.slice(0, HEAD_CHARACTERS - 1)}…` : line;
}

export function formatDateTime(instant: string): string {
  return DATE_TIME.format(new Date(instant));
}

export function formatClock(instant: string): string {
  return CLOCK.format(new Date(instant));
}

/** formatBytes is for sizes of files and memory; units are powers of 1024. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < MEBIBYTE) return `${(bytes / 1024).toFixed(1)} KiB`;
  if (bytes < GIBIBYTE) return `${(bytes / MEBIBYTE).toFixed(1)} MiB`;
  return `${(bytes / GIBIBYTE).toFixed(1)} GiB`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

const COUNT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

export function formatCount(count: number): string {
  return COUNT.format(count);
}

const DOLLARS = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD' });
const CENT_MICROS = 10_000;

/** formatMicros is for millionths of a dollar: "$0.12", "under $0.01". */
export function formatMicros(micros: number): string {
  if (micros > 0 && micros < CENT_MICROS) return 'under $0.01';
  return DOLLARS.format(micros / 1_000_000);
}
