import type { ErrorEntry } from '@spt-flow/shared/domain/errors/entry';
import type { describeError } from '@spt-flow/shared/domain/errors';

type ErrorText = Pick<ErrorEntry, 'what' | 'safe' | 'next'>;

/** For the moment until the others are there. */
const UNKNOWN: ErrorText = {
  what: 'Something went wrong in spt-flow',
  safe: 'Your work is saved',
  next: 'Try again; if it stays, send the correlation id to your admin',
};

let describe: typeof describeError | undefined;

/** loadErrorTexts brings what errors mean, which no page needs before something goes wrong. */
export async function loadErrorTexts(): Promise<void> {
  const catalogue = await import('@spt-flow/shared/domain/errors');
  describe = catalogue.describeError;
}

/** errorTextOf says what a code means; asked before the texts are there, it asks for them again. */
export function errorTextOf(code: string): ErrorText {
  if (!describe) loadErrorTexts().catch(() => undefined); // Asked once more by the next error.
  return describe?.(code) ?? UNKNOWN;
}
