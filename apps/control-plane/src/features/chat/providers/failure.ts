import type { FailureKind, ModelFailure } from './model-provider.ts';

export interface Verdict {
  readonly kind: FailureKind;
  readonly retryable: boolean;
}

const BY_STATUS = new Map<number, Verdict>([
  [401, { kind: 'wrongKey', retryable: false }],
  [402, { kind: 'noCredit', retryable: false }],
  [403, { kind: 'notPermitted', retryable: false }],
  [404, { kind: 'unknownModel', retryable: false }],
  [408, { kind: 'timeout', retryable: true }],
  [409, { kind: 'serviceError', retryable: true }],
  [413, { kind: 'tooLarge', retryable: false }],
  [429, { kind: 'rateLimited', retryable: true }],
  [503, { kind: 'overloaded', retryable: true }],
  [504, { kind: 'timeout', retryable: true }],
  [529, { kind: 'overloaded', retryable: true }],
]);

/** verdictOfStatus is for answers that say no more than their HTTP status. */
export function verdictOfStatus(status: number): Verdict {
  const known = BY_STATUS.get(status);
  if (known) return known;
  return status >= 500
    ? { kind: 'serviceError', retryable: true }
    : { kind: 'badRequest', retryable: false };
}

/** retryAfterMs reads how long to wait: `retry-after-ms` before `retry-after`, in seconds or as a date. */
export function retryAfterMs(headers: Headers | undefined, now: number): number | null {
  const milliseconds = Number(headers?.get('retry-after-ms') ?? Number.NaN);
  if (milliseconds >= 0) return milliseconds;
  const header = headers?.get('retry-after');
  if (!header) return null;
  const seconds = Number(header);
  if (seconds >= 0) return seconds * 1000;
  const until = Date.parse(header);
  return Number.isNaN(until) ? null : Math.max(0, until - now);
}

export function failure(
  kind: FailureKind,
  retryable: boolean,
  requestId: string | null = null,
): ModelFailure {
  return { type: 'failed', kind, retryable, retryAfterMs: null, requestId };
}
