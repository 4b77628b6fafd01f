import { ApiError } from '@spt-flow/shared/api/client';
import { errorTextOf } from './error-texts.ts';

/** A Problem is an error as a page shows it: what happened, what is safe, one next step; the rest is folded. */
export interface Problem {
  readonly code: string;
  readonly what: string;
  readonly safe: string;
  readonly next: string;
  readonly detail: string | undefined;
  readonly correlationId: string | undefined;
}

interface ClientText {
  readonly what: string;
  readonly safe: string;
  readonly next: string;
}

/** Failures that no server can name, because it was not reached or was not spt-flow. */
const CLIENT_TEXTS: Readonly<Record<string, ClientText>> = {
  unreachable: {
    what: 'spt-flow does not answer',
    safe: 'What you wrote is kept',
    next: 'Check your connection and try again',
  },
  bad_answer: {
    what: 'The answer could not be read',
    safe: 'Your work is saved',
    next: 'Reload the page; it may be older than the server',
  },
};

/** Errors whose own message says what to do, better than the text for all of their kind. */
const SAY_MORE = new Set(['limit_reached', 'wrong_origin']);

/** problemOf turns anything that was thrown into the texts for a page. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof ApiError)) {
    return {
      ...problemOfCode('internal'),
      detail: error instanceof Error ? error.message : undefined,
    };
  }
  const known = problemOfCode(error.code);
  const problem = SAY_MORE.has(error.code) ? { ...known, what: error.message } : known;
  const detail = [error.message === problem.what ? undefined : error.message, ...issuesOf(error)]
    .filter((line) => line !== undefined)
    .join('\n');
  return {
    ...problem,
    detail: detail === '' ? undefined : detail,
    correlationId: error.correlationId,
  };
}

/** problemOfCode is for failures that arrive as a bare code, as over a WebSocket. */
export function problemOfCode(code: string): Problem {
  const { what, safe, next } = CLIENT_TEXTS[code] ?? errorTextOf(code);
  return { code, what, safe, next, detail: undefined, correlationId: undefined };
}

/** isTemporary is true when the same request may succeed later without a change. */
export function isTemporary(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return (
    error.status === 0 ||
    error.status === 429 ||
    error.status >= 500 ||
    error.code === 'turn_running'
  );
}

export function isProblemCode(error: unknown, code: string): boolean {
  return error instanceof ApiError && error.code === code;
}

function issuesOf(error: ApiError): string[] {
  const issues = error.details?.['issues'];
  if (!Array.isArray(issues)) return [];
  return issues.map((issue: unknown) => describeIssue(issue)).filter((text) => text !== '');
}

function describeIssue(issue: unknown): string {
  if (typeof issue !== 'object' || issue === null || !('message' in issue)) return '';
  const path =
    'path' in issue ? (Array.isArray(issue.path) ? issue.path.join('.') : String(issue.path)) : '';
  return path === '' ? String(issue.message) : `${path}: ${String(issue.message)}`;
}
