import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { endText, requireSuccess, showBuildLog } from '../../steps/follow-build.ts';
import { addExamples } from '../../program.ts';

export function registerBuildLogs(build: Command, context: Context): void {
  const command = build
    .command('logs')
    .description('show what the jobs of a build printed')
    .argument('<project>', 'slug or id')
    .argument('[build]', 'its number', 'latest')
    .option('-f, --follow', 'to its end, and end as it ends')
    .action((handle: string, number: string, options: { follow?: boolean }) =>
      logs(context, { handle, build: number, isFollowing: options.follow ?? false }),
    );
  addExamples(command, [
    ['spt-flow build logs guestbook', 'of the newest build'],
    ['spt-flow build logs guestbook 12 --follow', 'of one that runs'],
  ]);
}

async function logs(
  context: Context,
  followed: { handle: string; build: string; isFollowing: boolean },
): Promise<void> {
  const client = await context.client();
  const { number } = await client.getBuild(followed.handle, followed.build);
  const pipeline = await showBuildLog(context, client, { ...followed, build: String(number) });
  if (followed.isFollowing) return requireSuccess(context, followed, pipeline);
  context.note(endText(pipeline));
}
