import { AppError } from '@spt-flow/shared/domain/errors';
import * as z from 'zod';

const MAX_CHARACTERS = 1_000;

const BodySchema = z.object({
  message: z.string(),
  detail: z.string().optional(),
  validations: z.array(z.object({ field: z.string(), detail: z.string() })).optional(),
});

/** problemOf words what Coder answered instead of what it was asked for. */
export function problemOf(status: number, body: unknown): AppError {
  const words = wordsOf(body) || `it answers with the status ${status}`;
  switch (status) {
    case 401:
      return new AppError(
        'coder_access_lost',
        `Coder does not accept the token of spt-flow: ${words}`,
      );
    case 403:
      return new AppError(
        'coder_access_lost',
        `Coder does not let the account of spt-flow do this: ${words}`,
      );
    case 404:
    case 410:
      return new AppError('not_found', `Coder does not have it: ${words}`);
    case 429:
      return new AppError('engine_unavailable', `Coder gets too many requests: ${words}`);
    default:
      return status >= 500
        ? new AppError('engine_unavailable', `Coder fails: ${words}`)
        : new AppError('coder_refused', `Coder refuses this: ${words}`);
  }
}

/** unreachable is for when nothing came back that could be understood. */
export function unreachable(url: string, cause: unknown): AppError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AppError('engine_unavailable', `Coder does not answer at ${url}: ${reason}`, {
    cause,
  });
}

export function isMissing(error: unknown): boolean {
  return error instanceof AppError && error.code === 'not_found';
}

export function isUnavailable(error: unknown): boolean {
  return error instanceof AppError && error.code === 'engine_unavailable';
}

function wordsOf(body: unknown): string {
  const parsed = BodySchema.safeParse(body);
  if (!parsed.success) return '';
  const { message, detail, validations = [] } = parsed.data;
  const fields = validations.map((each) => `${each.field}: ${each.detail}`);
  const parts = [message, detail ?? '', ...fields].map((part) => part.trim().replace(/\.$/, ''));
  return parts
    .filter((part) => part !== '')
    .join('; ')
    .slice(0, MAX_CHARACTERS);
}
