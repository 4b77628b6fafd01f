import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { requireSuccess, showBuildLog } from '../../steps/follow-build.ts';
import { addExamples, outputOption } from '../../program.ts';

interface Options {
  readonly ref?: string;
  readonly detach?: boolean;
  readonly output: OutputFormat;
}

export function registerBuildRun(build: Command, context: Context): void {
  const command = build
    .command('run')
    .description('build the newest commit of a project, and show what its jobs print')
    .argument('<project>', 'slug or id')
    .option('--ref <branch>', 'the branch to build (default: the one that is checked out)')
    .option('-d, --detach', 'do not wait for its end')
    .addOption(outputOption())
    .action((handle: string, options: Options) => run(context, handle, options));
  addExamples(command, [
    ['spt-flow build run guestbook', 'ends as the build ends'],
    ['spt-flow build run guestbook --detach --output json', 'for scripts'],
  ]);
}

async function run(context: Context, handle: string, options: Options): Promise<void> {
  const client = await context.client();
  const started = await client.runBuild(handle, options.ref);
  const { number } = started;
  if (options.detach || options.output === 'json')
    return context.print(options.output, {
      data: started,
      text: `Build ${number} waits for its turn. See it with: spt-flow build logs ${handle} ${number} --follow`,
    });
  context.note(`Build ${number}. Ctrl-C stops showing it, and it goes on`);
  const followed = { handle, build: String(number), isFollowing: true };
  requireSuccess(context, followed, await showBuildLog(context, client, followed));
}
