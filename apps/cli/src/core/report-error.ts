import { CommanderError } from 'commander';
import { createColors } from 'picocolors';
import { CliError, EXIT, InterruptedError, type ErrorTexts } from './errors.ts';
import type { CliIo } from './io.ts';
import { columnsOf, fold } from './terminal-width.ts';
import { plain } from './text.ts';

/** hasColor is true on a terminal without NO_COLOR. */
export function hasColor(io: Pick<CliIo, 'env'>, stream: { isTTY?: boolean }): boolean {
  const noColor = io.env['NO_COLOR'] ?? '';
  return stream.isTTY === true && noColor === '' && io.env['TERM'] !== 'dumb';
}

interface FailedCommand {
  readonly correlationId: string;
  readonly server: string;
  readonly verb: string;
  /** What it is about: `workspace`, `template`. */
  readonly names: Readonly<Record<string, string>>;
}

/** reportError is the only place that prints an error; it returns the exit code. */
export async function reportError(
  io: CliIo,
  error: unknown,
  context: FailedCommand,
): Promise<number> {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
  // A group without its verb: commander has printed the help.
  if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage;
  if (io.signal.aborted || error instanceof InterruptedError) {
    const notice = error instanceof InterruptedError ? error.notice : undefined;
    if (notice !== undefined) io.stderr.write(`\n${notice}\n`);
    return EXIT.interrupted;
  }
  const texts = await textsOf(error, context);
  const colors = createColors(hasColor(io, io.stderr));
  const columns = columnsOf(io.stderr);
  const lines = [
    colors.red(fold(`Error: ${texts.what}`, columns)),
    ...(texts.details ?? []).map((detail) => fold(`  ${detail}`, columns)),
    ...(texts.safe === undefined ? [] : [`  ${texts.safe}`]),
    `  Try: ${colors.bold(texts.command ?? `${['spt-flow', context.verb].join(' ').trim()} --help`)}`,
    // What could not be parsed was asked of no server.
    ...(error instanceof CommanderError
      ? []
      : [colors.dim(`  Correlation id: ${context.correlationId}`)]),
  ];
  io.stderr.write(`${lines.join('\n')}\n`);
  return texts.exitCode;
}

const COPIES =
  'Of a workspace: spt-flow workspace backup, spt-flow workspace restore. Of all of spt-flow, on its machine: npm run backup, npm run restore';
/** What people expect that is elsewhere. */
const HINTS = [
  ["Unknown option '--json'", 'Where data is printed, --output json makes it JSON'],
  ["Unknown command 'backup'", COPIES],
  ["Unknown command 'restore'", COPIES],
] as const;

async function textsOf(error: unknown, context: FailedCommand): Promise<ErrorTexts> {
  if (error instanceof CliError) return error.texts;
  if (error instanceof CommanderError) {
    const what = capitalize(plain(error.message).replace(/^error: /, ''));
    const details = HINTS.filter(([begin]) => what.startsWith(begin)).map(([, hint]) => hint);
    return { what, details, exitCode: EXIT.usage };
  }
  if (error instanceof Error && error.name === 'ApiError') {
    const [{ ApiError }, { apiErrorTexts }] = await Promise.all([
      import('@spt-flow/shared/api/client'),
      import('../api/api-errors.ts'),
    ]);
    if (error instanceof ApiError) return apiErrorTexts(error, context);
  }
  const reason = plain(error instanceof Error ? error.message : String(error));
  return { what: `spt-flow could not go on: ${reason}`, exitCode: EXIT.failure };
}

function capitalize(text: string): string {
  const line = text.trim().replace(/\.$/, '').replaceAll('\n', ' ');
  return line.charAt(0).toUpperCase() + line.slice(1);
}
