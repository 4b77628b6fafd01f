import { InvalidArgumentError, Option, type Command } from 'commander';
import type { FoundLogLine, LogLine } from '@spt-flow/shared/api/logs';
import type { Client } from '../api/client.ts';
import type { Context, OutputFormat } from '../context.ts';
import { usageError } from '../core/errors.ts';
import { readMoment } from '../options/moment.ts';
import { addExamples, outputOption } from '../program.ts';
import { plain } from '../core/text.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const MAX_LINES = 1000;

interface Options {
  readonly follow?: boolean;
  readonly level: LogLine['level'];
  readonly source?: string;
  readonly grep?: string;
  readonly correlationId?: string;
  readonly since?: string;
  readonly until?: string;
  readonly lines: number;
  readonly output: OutputFormat;
}

export function registerLogs(program: Command, context: Context): void {
  const command = program
    .command('logs')
    .description(
      'show what a workspace and its app say; without a workspace, what all of them said',
    )
    .argument('[workspace]', 'name or id')
    .option('-f, --follow', 'go on with what is said from now on')
    .addOption(
      new Option('--level <level>', 'this level and above').choices(LEVELS).default('info'),
    )
    .option('--source <source>', 'only from start, chat, agent, app or build')
    .option('--grep <text>', 'only lines that contain the text, in any case')
    .option('--correlation-id <id>', 'only lines of this operation, as errors name it')
    .addOption(
      new Option('--since <time>', 'not before: a time, or an age such as 15m').argParser(
        (text: string) => readMoment(text),
      ),
    )
    .addOption(
      new Option('--until <time>', 'before: a time, or an age').argParser((text: string) =>
        readMoment(text),
      ),
    )
    .addOption(
      new Option('--lines <count>', 'how many of the last lines').argParser(readLines).default(200),
    )
    .addOption(outputOption())
    .action((workspace: string | undefined, options: Options) => logs(context, workspace, options));
  addExamples(command, [
    ['spt-flow logs demo', 'the last lines'],
    ['spt-flow logs demo --follow --source app', 'what the app says from now on'],
    ['spt-flow logs demo --since 1h --grep timeout', 'what timed out in the last hour'],
    ['spt-flow logs --correlation-id 4f1c… --level debug', 'all that belongs to an operation'],
    ['spt-flow logs demo --output json', 'one JSON object per line'],
  ]);
}

async function logs(context: Context, handle: string | undefined, options: Options): Promise<void> {
  if (handle === undefined) return search(context, options);
  if (options.follow && options.until !== undefined)
    throw usageError('--follow has no end: leave out --until', `spt-flow logs ${handle} --follow`);
  const client = await context.client();
  const workspace = await client.getWorkspace(handle);
  const { items } = await client.listLogs(handle, { ...queryOf(options), limit: options.lines });
  for (const line of items) print(context, options, line);
  if (!options.follow) return;
  // An empty log is followed from its beginning; one without a match would be sent in full.
  const { level, source, grep, correlationId, since } = options;
  const isFiltered =
    level === 'warn' ||
    level === 'error' ||
    [source, grep, correlationId, since].some((value) => value !== undefined);
  const after = items.at(-1)?.seq ?? (isFiltered ? null : 0);
  await follow(context, client, { workspaceId: workspace.id, after, options });
}

function queryOf({ level, source, grep, correlationId, since, until }: Options) {
  return {
    level,
    ...(source !== undefined && { source }),
    ...(grep !== undefined && { search: grep }),
    ...(correlationId !== undefined && { correlationId }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}

/** The newest come first from the server, and last here, as in the log of one workspace. */
async function search(context: Context, options: Options): Promise<void> {
  if (options.follow)
    throw usageError('--follow needs a workspace', 'spt-flow logs <workspace> --follow');
  const client = await context.client();
  const { items } = await client.searchLogs({ ...queryOf(options), limit: options.lines });
  for (const line of items.toReversed()) print(context, options, line);
}

interface Following {
  readonly workspaceId: string;
  readonly after: number | null;
  readonly options: Options;
}

async function follow(
  context: Context,
  client: Client,
  { workspaceId, after, options }: Following,
): Promise<void> {
  const feed = await client.openLiveFeed();
  try {
    await feed.subscribe(`logs:${workspaceId}`, after);
    for await (const update of feed.updates()) {
      if (update.type === 'connection') {
        context.note(
          update.state === 'lost' ? 'Connection lost, connecting again…' : 'Connected again',
        );
      } else if (update.type === 'reset') {
        context.note('Some lines are missing here: the server no longer keeps them');
      } else if (update.event.type === 'log' && isWanted(update.event.line, options)) {
        print(context, options, update.event.line);
      }
    }
  } finally {
    feed.close();
  }
}

function isWanted(line: LogLine, { level, source, grep, correlationId, since }: Options): boolean {
  return (
    LEVELS.indexOf(line.level) >= LEVELS.indexOf(level) &&
    (source === undefined || line.source === source) &&
    (grep === undefined || line.text.toLowerCase().includes(grep.toLowerCase())) &&
    (correlationId === undefined || line.correlationId === correlationId) &&
    (since === undefined || line.at >= since)
  );
}

function print({ io }: Context, { output }: Options, line: LogLine | FoundLogLine): void {
  const place = 'workspaceName' in line ? `${plain(line.workspaceName)} ` : '';
  const text = `${line.at.slice(11, 19)} ${line.level.padEnd(5)} ${place}${plain(line.source).padEnd(6)} ${plain(line.text)}`;
  io.stdout.write(`${output === 'json' ? JSON.stringify(line) : text}\n`);
}

function readLines(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MAX_LINES) return count;
  throw new InvalidArgumentError(`It must be a number from 1 to ${MAX_LINES}`);
}
