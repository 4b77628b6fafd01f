import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { addExamples } from '../../program.ts';

export function registerBuildCancel(build: Command, context: Context): void {
  const command = build
    .command('cancel')
    .description('end a build that waits or runs')
    .argument('<project>', 'slug or id')
    .argument('[build]', 'its number', 'latest')
    .action(async (handle: string, chosen: string) => {
      const client = await context.client();
      const { number, status } = await client.cancelBuild(handle, chosen);
      context.note(
        status === 'canceled' ? `Build ${number} was canceled` : `Build ${number} is being ended`,
      );
    });
  addExamples(command, [['spt-flow build cancel guestbook', 'the newest build']]);
}
