import {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
} from '@anthropic-ai/sdk';
import type { ModelFailure } from '../model-provider.ts';
import { failure, retryAfterMs, verdictOfStatus, type Verdict } from '../failure.ts';

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
  // Proxies and gateways answer without the API's own error body.
  const verdict = known ?? verdictOfStatus(error.status ?? 500);
  const shouldRetry = error.headers?.get('x-should-retry');
  if (shouldRetry === 'true' || shouldRetry === 'false')
    return { ...verdict, retryable: shouldRetry === 'true' };
  return verdict;
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
