import { InvalidArgumentError } from 'commander';

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** readMoment takes a time (`2026-11-21T09:00`, local unless it names a zone) or how long ago (`15m`); answers ISO 8601. */
export function readMoment(text: string, nowMs = Date.now()): string {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const atMs =
    count === undefined ? momentOf(text) : nowMs - Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  if (!Number.isNaN(atMs)) return new Date(atMs).toISOString();
  throw new InvalidArgumentError(
    'It must be a time such as 2026-11-21T09:00, or an age such as 15m',
  );
}

function momentOf(text: string): number {
  return /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text.replace(' ', 'T')) : Number.NaN;
}
