import { AppError } from '@spt-flow/shared/domain/errors';
import * as z from 'zod';

const MAX_WORDS = 500;

/** ApiError: the API server answered, and said no. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** In the words of Kubernetes, e.g. `AlreadyExists`. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message.trim().slice(0, MAX_WORDS));
    this.status = status;
    this.reason = reason;
  }
}

/** UnansweredError: nobody answered; its message says why in a word. */
export class UnansweredError extends Error {
  override readonly name = 'UnansweredError';
}

const StatusSchema = z.object({ reason: z.string().catch(''), message: z.string().catch('') });

export function apiErrorOf(status: number, text: string): ApiError {
  try {
    const { reason, message } = StatusSchema.parse(JSON.parse(text));
    return new ApiError(status, reason, message || `it answered ${status}`);
  } catch {
    return new ApiError(status, '', `it answered ${status}`);
  }
}

export function hasStatus(error: unknown, status: number): boolean {
  return error instanceof ApiError && error.status === status;
}

/** unlessMissing waits for the work, to which what is not there is no failure. */
export async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

/** It is there, and has too much to do. */
const BUSY = [429, 503, 504];

/** toAppError says what failed in words for people, with a code that tells what to do. */
export function toAppError(
  error: unknown,
  { server, awaySince }: { readonly server: string; readonly awaySince: Date | undefined },
): unknown {
  if (error instanceof ApiError && BUSY.includes(error.status))
    return new AppError(
      'engine_unavailable',
      `The Kubernetes API at ${server} has too much to do (${error.message})`,
      { cause: error },
    );
  if (error instanceof UnansweredError) {
    const since = (awaySince ?? new Date()).toISOString().replace(/\.\d+Z$/, 'Z');
    return new AppError(
      'engine_unavailable',
      `The Kubernetes API does not answer at ${server} since ${since} (${error.message})`,
      { cause: error },
    );
  }
  return error instanceof ApiError ? refusalOf(error) : error;
}

function refusalOf(cause: ApiError): AppError {
  const { status, message } = cause;
  if (status === 401)
    return new AppError(
      'cluster_forbidden',
      'The cluster does not accept the credentials of spt-flow',
      { cause },
    );
  return createRefusal(message, { cause, isForbidden: status === 403 });
}

/** `User "u" cannot create resource "pods/log" in API group "" in the namespace "n"` */
const MISSING_RIGHT =
  /cannot (\w+) resource "([^"]+)"(?: in API group "([^"]*)")?.*?(?:in the namespace "([^"]+)"|$)/;

/** createRefusal is what the words of the API server come to: they arrive as answers, and as events of what its parts tried. */
export function createRefusal(
  message: string,
  { cause, isForbidden = false }: { cause?: unknown; isForbidden?: boolean } = {},
): AppError {
  const words = message.slice(0, MAX_WORDS);
  const quota = /exceeded quota: .*/.exec(words)?.[0];
  if (quota !== undefined)
    return new AppError('cluster_quota_exceeded', `The namespace has no room left: ${quota}`, {
      cause,
    });
  const [, verb, resource = '', group, namespace] = MISSING_RIGHT.exec(words) ?? [];
  if (verb !== undefined) {
    const what = group ? `${resource}.${group}` : resource;
    const where = namespace === undefined ? '' : ` in the namespace "${namespace}"`;
    return new AppError('cluster_forbidden', `spt-flow may not ${verb} ${what}${where}`, { cause });
  }
  if (isForbidden)
    return new AppError('cluster_forbidden', `The cluster refuses: ${words}`, { cause });
  return new AppError('workspace_start_failed', `Kubernetes says: ${words}`, { cause });
}
