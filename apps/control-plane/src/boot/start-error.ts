import { ConfigError } from '@spt-flow/config/config-error';
import { AppError, describeError } from '@spt-flow/shared/domain/errors';
import { SealedBoxError } from '../lib/sealed-box.ts';

/** StartError is why the control plane can't start, in one line that ends with the next step. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** startFailureText says why it can't start: one line with the next step, a stack only where nobody foresaw the failure. */
export function startFailureText(error: unknown): string {
  if (error instanceof AppError && error.family !== 'internal') {
    const { safe, next } = describeError(error.code);
    return `${error.message.replaceAll(/\s+/g, ' ')}. ${safe}. ${next} (${error.code})`;
  }
  const isForeseen = [StartError, ConfigError, SealedBoxError].some(
    (kind) => error instanceof kind,
  );
  if (isForeseen && error instanceof Error) return error.message;
  return String(error instanceof Error ? error.stack : error);
}
