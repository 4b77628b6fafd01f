import { InvalidArgumentError, Option, type Command } from 'commander';
import type { LogLine } from '@spt-flow/shared/api/logs';
import type { Client } from '../core/client.ts';
import type { Context, OutputFormat } from '../core/context.ts';
import { addExamples, outputOption } from '../core/program.ts';
import { plain } from '../core/text.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const MAX_LINES = 1000;

interface Options {
  readonly follow?: boolean;
  readonly level: LogLine['level'];
  readonly source?: string;
  readonly lines: number;
  readonly output: OutputFormat;
}

export function registerLogs(program: Command, context: Context): void {
  const command = program
    .command('logs')
    .description('show what a workspace and its app say')
    .argument('<workspace>', 'name or id')
    .option('-f, --follow', 'go on with what is said from now on')
    .addOption(
      new Option('--level <level>', 'this level and above').choices(LEVELS).default('info'),
    )
    .option('--source <source>', 'only from start, agent, app or build')
    .addOption(
      new Option('--lines <count>', 'how many of the last lines').argParser(readLines).default(200),
    )
    .addOption(outputOption())
    .action((workspace: string, options: Options) => logs(context, workspace, options));
  addExamples(command, [
    ['spt-flow logs demo', 'the last lines'],
    ['spt-flow logs demo --follow --source app', 'what the app says from now on'],
    ['spt-flow logs demo --output json', 'one JSON object per line'],
  ]);
}

async function logs(context: Context, handle: string, options: Options): Promise<void> {
  const client = await context.client();
  const { level, source } = options;
  const filter = { level, ...(source !== undefined && { source }) };
  const workspace = await client.getWorkspace(handle);
  const { items } = await client.listLogs(handle, { ...filter, limit: options.lines });
  for (const line of items) print(context, options, line);
  if (!options.follow) return;
  // An empty log is followed from its beginning; one without a match would be sent in full.
  const isFiltered = level === 'warn' || level === 'error' || source !== undefined;
  const after = items.at(-1)?.seq ?? (isFiltered ? null : 0);
  await follow(context, client, { workspaceId: workspace.id, after, options });
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

function isWanted(line: LogLine, { level, source }: Options): boolean {
  const loudEnough = LEVELS.indexOf(line.level) >= LEVELS.indexOf(level);
  return loudEnough && (source === undefined || line.source === source);
}

function print({ io }: Context, { output }: Options, line: LogLine): void {
  const text = `${line.at.slice(11, 19)} ${line.level.padEnd(5)} ${plain(line.source).padEnd(6)} ${plain(line.text)}`;
  io.stdout.write(`${output === 'json' ? JSON.stringify(line) : text}\n`);
}

function readLines(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MAX_LINES) return count;
  throw new InvalidArgumentError(`It must be a number from 1 to ${MAX_LINES}`);
}
