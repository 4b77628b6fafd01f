import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { addExamples } from '../../program.ts';

export function registerDotfilesClear(dotfiles: Command, context: Context): void {
  const command = dotfiles
    .command('clear')
    .description('apply no dotfiles any more')
    .action(() => clear(context));
  addExamples(command, [['spt-flow dotfiles clear', 'what was applied stays where it is']]);
}

async function clear(context: Context): Promise<void> {
  await (await context.client()).removeDotfiles();
  context.note('No dotfiles are applied any more');
}
