import { AppError } from '@spt-flow/shared/domain/errors';
import { AuthorizationResponseError } from 'openid-client';
import { NoAnswerError } from './bounded-fetch.ts';

/** RFC 6749 calls so what passes by itself. */
const PASSES = new Set(['temporarily_unavailable', 'server_error']);

/** signInError says what became of a sign-in, in the words of the catalogue. */
export function signInError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  return new AppError(codeOf(cause), undefined, { cause });
}

function codeOf(cause: unknown) {
  if (cause instanceof AuthorizationResponseError) {
    if (cause.error === 'access_denied') return 'sign_in_cancelled';
    return PASSES.has(cause.error) ? 'sign_in_unavailable' : 'sign_in_failed';
  }
  return isNoAnswer(cause) ? 'sign_in_unavailable' : 'sign_in_failed';
}

function isNoAnswer(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  return cause instanceof NoAnswerError || isNoAnswer(cause.cause);
}

/** reasonOf is what the log says: messages only, since the errors themselves hold tokens. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const deeper = reasonOf(error.cause);
  return deeper === '' ? error.message : `${error.message}: ${deeper}`;
}
