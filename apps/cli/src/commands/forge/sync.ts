import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { describeLink } from './status.ts';

export function registerForgeSync(forge: Command, context: Context): void {
  const command = forge
    .command('sync')
    .description('carry a project to and from GitLab now, and put it there if it is not')
    .argument('<project>', 'name or id')
    .addOption(outputOption())
    .action((project: string, options: { output: OutputFormat }) =>
      sync(context, project, options.output),
    );
  addExamples(command, [
    ['spt-flow forge sync demo', 'what is missing is carried; nothing is overwritten'],
  ]);
}

async function sync(context: Context, project: string, output: OutputFormat): Promise<void> {
  const link = await (await context.client()).syncForge(project);
  context.print(output, { data: link, text: describeLink(link) });
  context.note(`It goes on by itself. See: spt-flow forge status ${project}`);
}
