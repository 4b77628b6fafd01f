import type { ApiError } from '@spt-flow/shared/api/client';
import { describeError } from '@spt-flow/shared/domain/errors';
import { EXIT, type ErrorTexts } from '../core/errors.ts';
import { DEFAULT_SERVER_URL } from './server-url.ts';
import { plain } from '../core/text.ts';

const EXIT_BY_CODE: Readonly<Record<string, number>> = {
  not_authenticated: EXIT.notSignedIn,
  wrong_credentials: EXIT.notSignedIn,
  login_expired: EXIT.notSignedIn,
  not_found: EXIT.notFound,
  unreachable: EXIT.unreachable,
  bad_answer: EXIT.unreachable,
};

/** Where the catalogue's next step is not a command. */
const COMMAND_BY_CODE: Readonly<Record<string, string>> = {
  name_taken: 'spt-flow up <url> --name <another name>',
  not_permitted: 'spt-flow whoami',
  scope_missing: 'spt-flow login',
  limit_reached: 'spt-flow list',
};

const FROM_CLIENT: Readonly<Record<string, { safe: string; command: string }>> = {
  unreachable: {
    safe: 'What runs in your workspaces goes on',
    command: 'spt-flow version --server <url of your spt-flow>',
  },
  bad_answer: {
    safe: 'What runs in your workspaces goes on',
    command: 'spt-flow version --server <url of your spt-flow>',
  },
};

/** What is missing has a list of its own. */
const MISSING = /^(?:There is no (?:such )?|No )(template|secret|snapshot|member|group|server)\b/;

interface Failed {
  readonly server: string;
  readonly names: Readonly<Record<string, string>>;
}

/** apiErrorTexts takes the texts from the error catalogue; `names` fill in the command. */
export function apiErrorTexts(error: ApiError, context: Failed): ErrorTexts {
  const entry = FROM_CLIENT[error.code] ?? describeError(error.code);
  const command = isUnnamed(error, context)
    ? 'spt-flow login --server <url of your spt-flow>'
    : (listCommand(error) ?? entry.command ?? COMMAND_BY_CODE[error.code]);
  return {
    what: whatHappened(error, context),
    safe: entry.safe,
    ...(command && { command: filledIn(command, context) }),
    exitCode: EXIT_BY_CODE[error.code] ?? EXIT.failure,
    details: [
      ...('next' in entry && entry.command === undefined ? [entry.next] : []),
      ...issuesOf(error),
    ],
    cause: error,
  };
}

function listCommand({ code, message }: ApiError): string | undefined {
  const noun = code === 'not_found' ? MISSING.exec(message)?.[1] : undefined;
  return noun && `spt-flow ${noun} list`;
}

/** Nobody said where spt-flow is, and it is not at the address that is tried then. */
function isUnnamed({ code }: ApiError, { server }: Failed): boolean {
  return code === 'unreachable' && server === DEFAULT_SERVER_URL;
}

function filledIn(command: string, { names }: Failed): string {
  return command.replace(/<(\w+)>/, (gap, name: string) => names[name] ?? gap);
}

function whatHappened(error: ApiError, { server, names }: Failed): string {
  if (error.code === 'unreachable') return `spt-flow does not answer at ${server}`;
  if (error.code === 'bad_answer') return `What answers at ${server} is not spt-flow`;
  const isBare = error.code === 'not_found' && error.message === describeError('not_found').what;
  for (const noun of ['workspace', 'project'])
    if (isBare && names[noun] !== undefined) return `There is no ${noun} '${plain(names[noun])}'`;
  return plain(error.message).slice(0, 2000);
}

function issuesOf({ details, message: said }: ApiError): string[] {
  const issues = details?.['issues'];
  if (!Array.isArray(issues)) return [];
  return issues.slice(0, 10).flatMap((issue: unknown) => {
    if (typeof issue !== 'object' || issue === null || !('message' in issue)) return [];
    // One that is all there is to say was said.
    if (said.includes(String(issue.message))) return [];
    const path = 'path' in issue ? [issue.path].flat().join('.') : '';
    return [plain(`${path}: ${String(issue.message)}`).slice(0, 500)];
  });
}
