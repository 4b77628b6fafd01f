import type { Command } from 'commander';
import type { Pipeline } from '@spt-flow/shared/api/pipelines';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { formatDuration, plain, table } from '../../core/text.ts';

const HEAD = ['BUILD', 'STATUS', 'STAGE', 'COMMIT', 'DURATION', 'BEGUN (UTC)', 'WHO'];
const SHORT_CHARACTERS = 8;

export function registerBuildList(build: Command, context: Context): void {
  const command = build
    .command('list')
    .description('list the builds of a project, the newest first')
    .argument('<project>', 'slug or id')
    .addOption(outputOption())
    .action((handle: string, options: { output: OutputFormat }) =>
      list(context, handle, options.output),
    );
  addExamples(command, [['spt-flow build list guestbook', 'with what became of them']]);
}

async function list(context: Context, handle: string, output: OutputFormat): Promise<void> {
  const client = await context.client();
  const builds = await client.listBuilds(handle);
  if (output === 'text' && builds.length === 0)
    return context.note(`There are no builds. Try: spt-flow build run ${handle}`);
  context.print(output, { data: builds, text: table([HEAD, ...builds.map(rowOf)]) });
}

function rowOf(build: Pipeline): string[] {
  const { number, status, stage, commit, startedAt, finishedAt, trigger, requestedBy } = build;
  const duration = startedAt && finishedAt ? Date.parse(finishedAt) - Date.parse(startedAt) : null;
  return [
    String(number),
    status,
    plain(stage ?? ''),
    commit.slice(0, SHORT_CHARACTERS),
    duration === null ? '' : formatDuration(duration),
    startedAt?.slice(0, 16).replace('T', ' ') ?? '',
    plain(requestedBy ?? trigger),
  ];
}
