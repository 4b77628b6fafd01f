import { caller, dependency, NOTHING_CHANGED, type ErrorEntry } from './entry.ts';

/** SIGN_IN_ERRORS are those of the catalogue that keep somebody from coming in. */
export const SIGN_IN_ERRORS = {
  passwords_off: caller(
    403,
    'Nobody signs in with a password here',
    'Choose another way to sign in',
  ),
  signup_closed: caller(
    403,
    'People come by invitation here',
    'Ask an admin for an invitation to your e-mail address',
  ),
  sign_in_expired: caller(
    403,
    'The sign-in took too long, or was begun in another browser',
    'Start again',
  ),
  sign_in_cancelled: caller(
    403,
    'The sign-in was not finished there',
    'Try again, or choose another way to sign in',
  ),
  sign_in_unavailable: {
    ...dependency(
      503,
      'What you sign in with does not answer',
      'Try again in a moment, or sign in another way',
    ),
    safe: NOTHING_CHANGED,
  },
  sign_in_failed: {
    ...dependency(
      502,
      'The answer of what you sign in with was not right',
      'Try again; if it stays, ask an admin to look at the log of spt-flow',
    ),
    safe: NOTHING_CHANGED,
  },
  sign_in_refused: caller(
    403,
    'Your account there is in no group that may use spt-flow',
    'Ask who manages the groups there, or sign in with another account',
  ),
  email_not_verified: caller(
    403,
    'Your e-mail address is not confirmed there',
    'Confirm it there, then sign in again',
  ),
  sign_in_link_first: caller(
    409,
    'An account with your e-mail address exists here already',
    'Sign in as you did before, then link this one under Settings',
  ),
  identity_taken: caller(
    409,
    'That account is linked to somebody else here',
    'Sign in there with another account',
  ),
  last_sign_in: caller(
    409,
    'It is the only way in which you sign in',
    'Link another account first, or ask an admin for a link to a password',
  ),
} as const satisfies Record<string, ErrorEntry>;
