import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain } from '../../core/text.ts';

export function registerDotfilesShow(dotfiles: Command, context: Context): void {
  const command = dotfiles
    .command('show')
    .description('show the repository of your dotfiles')
    .addOption(outputOption())
    .action((options: { output: OutputFormat }) => show(context, options.output));
  addExamples(command, [['spt-flow dotfiles show', 'which repository, and what is run of it']]);
}

async function show(context: Context, output: OutputFormat): Promise<void> {
  const { dotfiles } = await (await context.client()).getDotfiles();
  if (!dotfiles && output === 'text')
    return context.note('There are no dotfiles. Try: spt-flow dotfiles set <url>');
  const script = dotfiles?.installScript ?? 'install.sh and its like, else links';
  const text = `${plain(dotfiles?.repositoryUrl ?? '')}\n  runs: ${plain(script)}`;
  context.print(output, { data: dotfiles, text });
}
