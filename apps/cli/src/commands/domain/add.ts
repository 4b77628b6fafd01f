import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { domainText } from '../../words/domain-text.ts';
import { addExamples, outputOption } from '../../program.ts';

export function registerDomainAdd(domain: Command, context: Context): void {
  const command = domain
    .command('add')
    .description('claim a domain for the app of a project, and say what to enter in the DNS')
    .argument('<project>', 'name or id')
    .argument('<domain>')
    .addOption(outputOption())
    .action((project: string, name: string, options: { output: OutputFormat }) =>
      add(context, { project, name }, options.output),
    );
  addExamples(command, [
    ['spt-flow domain add my-app shop.example.org', 'the app answers there once the DNS says so'],
  ]);
}

async function add(
  context: Context,
  { project, name }: { project: string; name: string },
  output: OutputFormat,
): Promise<void> {
  const added = await (await context.client()).addDomain(project, name);
  context.print(output, { data: added, text: domainText(added) });
}
