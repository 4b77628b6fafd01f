import * as z from 'zod';
import { ForgeProblem } from '../forge-problem.ts';

const DEFAULT_PAUSE_SECONDS = 60;
const MAX_PAUSE_SECONDS = 900;
const MAX_WORDS = 300;

/** GitLab tells what is wrong in one of these forms. */
const ErrorSchema = z.object({
  message: z
    .union([z.string(), z.array(z.string()), z.record(z.string(), z.unknown())])
    .optional()
    .catch(undefined),
  error: z.string().optional().catch(undefined),
  scope: z.string().optional().catch(undefined),
});

interface Refusal {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | undefined;
}

/** problemOf says what GitLab did not do, and who can change that. */
export function problemOf(
  { status, text, retryAfter }: Refusal,
  call: { readonly method: string; readonly path: string },
): ForgeProblem {
  const { message, error, scope } = errorOf(text);
  const words = wordsOf(message ?? error);
  if (status === 401)
    return new ForgeProblem(
      'token',
      'GitLab does not accept the token: it expired or was revoked. Set another one in GITLAB_TOKEN and restart spt-flow',
    );
  if (status === 403 && error === 'insufficient_scope')
    return new ForgeProblem(
      'token',
      `The token of GitLab lacks the scope ${plain(scope ?? 'api')}: give GITLAB_TOKEN one that has it`,
    );
  if (status === 403)
    return new ForgeProblem('refused', `GitLab does not permit this to its token${words}`);
  if (status === 404) return new ForgeProblem('missing', 'GitLab does not have this');
  if (status === 429)
    return new ForgeProblem('busy', 'GitLab asks for fewer requests', {
      pauseMs: pauseOf(retryAfter),
    });
  if (status >= 500)
    return new ForgeProblem('away', `GitLab failed (${status})`, { pauseMs: pauseOf(retryAfter) });
  if (status >= 300 && status < 400)
    return new ForgeProblem(
      'unexpected',
      'GitLab sends to another address, where its token does not go: set GITLAB_URL to the address itself',
    );
  if (isTaken(message)) return new ForgeProblem('taken', 'The name is taken in GitLab');
  if (call.path.endsWith('/repository/commits'))
    return new ForgeProblem('conflict', `GitLab did not take the commit${words}`);
  return new ForgeProblem('refused', `GitLab refused (${status})${words}`);
}

/** Without its address: members of every organization read this. */
export function unreachable(cause: unknown): ForgeProblem {
  const isSlow = cause instanceof Error && ['AbortError', 'TimeoutError'].includes(cause.name);
  const what = isSlow ? 'is too slow' : `can't be reached${codeOf(cause)}`;
  return new ForgeProblem('away', `GitLab ${what}`, { cause });
}

function codeOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return code === '' ? '' : ` (${code})`;
}

function errorOf(text: string): z.infer<typeof ErrorSchema> {
  try {
    return ErrorSchema.parse(JSON.parse(text));
  } catch {
    // A proxy in between answers with a page.
    return {};
  }
}

function isTaken(message: unknown): boolean {
  return /has already been taken/i.test(JSON.stringify(message ?? ''));
}

function wordsOf(message: unknown): string {
  if (message === undefined) return '';
  return `: ${plain(typeof message === 'string' ? message : JSON.stringify(message))}`;
}

function plain(text: string): string {
  return text.replace(/[\p{C}\s]+/gu, ' ').slice(0, MAX_WORDS);
}

/** Seconds, as GitLab sends them. */
function pauseOf(retryAfter: string | undefined): number {
  const seconds = Number.parseInt(retryAfter ?? '', 10);
  return Math.min(seconds > 0 ? seconds : DEFAULT_PAUSE_SECONDS, MAX_PAUSE_SECONDS) * 1000;
}
