import {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
} from '@anthropic-ai/sdk';
import type { FailureKind, ModelFailure } from '../model-provider.ts';

interface Verdict {
  readonly kind: FailureKind;
  readonly retryable: boolean;
}

const BY_TYPE = new Map<string, Verdict>([
  ['invalid_request_error', { kind: 'badRequest', retryable: false }],
  ['authentication_error', { kind: 'wrongKey', retryable: false }],
  ['billing_error', { kind: 'noCredit', retryable: false }],
  ['permission_error', { kind: 'notPermitted', retryable: false }],
  ['not_found_error', { kind: 'unknownModel', retryable: false }],
  ['conflict_error', { kind: 'serviceError', retryable: true }],
  ['request_too_large', { kind: 'tooLarge', retryable: false }],
  ['rate_limit_error', { kind: 'rateLimited', retryable: true }],
  ['api_error', { kind: 'serviceError', retryable: true }],
  ['timeout_error', { kind: 'timeout', retryable: true }],
  ['overloaded_error', { kind: 'overloaded', retryable: true }],
]);

/** For proxies and gateways that answer without the API's own error body. */
const BY_STATUS = new Map<number, Verdict>([
  [401, { kind: 'wrongKey', retryable: false }],
  [402, { kind: 'noCredit', retryable: false }],
  [403, { kind: 'notPermitted', retryable: false }],
  [404, { kind: 'unknownModel', retryable: false }],
  [408, { kind: 'timeout', retryable: true }],
  [409, { kind: 'serviceError', retryable: true }],
  [413, { kind: 'tooLarge', retryable: false }],
  [429, { kind: 'rateLimited', retryable: true }],
  [504, { kind: 'timeout', retryable: true }],
  [529, { kind: 'overloaded', retryable: true }],
]);

/** Waiting does not lift these. */
const SPEND_LIMITS = new Set([
  'ramp_limit_exceeded',
  'enforced_spend_limit_reached',
  'contract_spend_limit_reached',
]);

function verdictOf(error: APIError): Verdict {
  if (error.errorCode !== null && SPEND_LIMITS.has(error.errorCode))
    return { kind: 'noCredit', retryable: false };
  const known = error.type === null ? undefined : BY_TYPE.get(error.type);
  const status = error.status ?? 500;
  const verdict =
    known ??
    BY_STATUS.get(status) ??
    (status >= 500
      ? { kind: 'serviceError', retryable: true }
      : { kind: 'badRequest', retryable: false });
  const shouldRetry = error.headers?.get('x-should-retry');
  if (shouldRetry === 'true' || shouldRetry === 'false')
    return { ...verdict, retryable: shouldRetry === 'true' };
  return verdict;
}

/** retryAfterMs reads how long to wait: `retry-after-ms` before `retry-after`, in seconds or as a date. */
function retryAfterMs(headers: Headers | undefined, now: number): number | null {
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

function isApiError(error: unknown): error is APIError {
  return error instanceof APIError;
}

/** toFailure classifies what the client threw, by type and code of the API's body, never by its message. */
export function toFailure(error: unknown, now: number): ModelFailure {
  if (error instanceof APIUserAbortError) return failure('aborted', false);
  if (error instanceof APIConnectionTimeoutError) return failure('timeout', true);
  if (error instanceof APIConnectionError) return failure('connection', true);
  if (isApiError(error)) {
    return {
      ...failure('serviceError', true, error.requestID ?? null),
      ...verdictOf(error),
      retryAfterMs: retryAfterMs(error.headers, now),
    };
  }
  if (error instanceof SyntaxError) return failure('malformed', true);
  return failure('connection', true);
}
