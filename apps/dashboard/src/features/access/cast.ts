import { readable } from '../../lib/readable.ts';

/** A pause is no longer than that while idle times are skipped. */
const LONGEST_PAUSE_SECONDS = 2;

export interface CastEvent {
  readonly seconds: number;
  readonly code: 'o' | 'r' | 'm';
  readonly data: string;
}

export interface Cast {
  readonly cols: number;
  readonly rows: number;
  readonly events: readonly CastEvent[];
}

/** timesOf returns when each event is shown, in seconds, and how long all takes. */
export function timesOf(events: readonly CastEvent[], { skipsIdle }: { skipsIdle: boolean }) {
  let at = 0;
  let before = 0;
  const times = events.map(({ seconds }) => {
    const pause = Math.max(0, seconds - before);
    at += skipsIdle ? Math.min(pause, LONGEST_PAUSE_SECONDS) : pause;
    before = seconds;
    return at;
  });
  return { times, duration: at };
}

export function sizeOf(data: string): { cols: number; rows: number } | undefined {
  const [, cols, rows] = /^(\d{1,4})x(\d{1,4})$/.exec(data) ?? [];
  if (!Number(cols) || !Number(rows)) return undefined;
  return { cols: Number(cols), rows: Number(rows) };
}

/** shownAt returns when a text is shown, however the pieces cut it, at most once for each event. */
export function shownAt(
  { events }: Pick<Cast, 'events'>,
  times: readonly number[],
  text: string,
): number[] {
  const wanted = text.toLowerCase();
  if (wanted === '') return [];
  let shown = '';
  const found = new Set<number>();
  for (const [index, { code, data }] of events.entries()) {
    if (code !== 'o') continue;
    // Of what came before only so much as could be its beginning.
    shown = lastOf(shown, wanted.length - 1) + readable(data).toLowerCase();
    if (shown.includes(wanted)) found.add(times[index] ?? 0);
  }
  return [...found];
}

function lastOf(text: string, count: number): string {
  return count === 0 ? '' : text.slice(-count);
}
