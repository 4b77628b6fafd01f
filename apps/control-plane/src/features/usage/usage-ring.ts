import type { UsageSpan } from '@spt-flow/shared/api/usage';

interface Ring {
  readonly stepSeconds: number;
  /** How much a row spans. */
  readonly rowMs: number;
  readonly spanMs: number;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** What is kept for each span: ten seconds for an hour, minutes for a day. */
export const RINGS: Readonly<Record<UsageSpan, Ring>> = {
  hour: { stepSeconds: 10, rowMs: MINUTE_MS, spanMs: HOUR_MS },
  day: { stepSeconds: 60, rowMs: 10 * MINUTE_MS, spanMs: 24 * HOUR_MS },
};

/** placeOf is the row of a moment. A round has one row more than its span, so that the oldest is not cut off. */
export function placeOf({ rowMs, spanMs }: Ring, atMs: number): { slot: number; startedAt: Date } {
  const row = Math.floor(atMs / rowMs);
  return { slot: row % (spanMs / rowMs + 1), startedAt: new Date(row * rowMs) };
}
