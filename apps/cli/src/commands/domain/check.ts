import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { domainText } from '../../words/domain-text.ts';
import { addExamples, outputOption } from '../../program.ts';

export function registerDomainCheck(domain: Command, context: Context): void {
  const command = domain
    .command('check')
    .description('look at the DNS now, instead of waiting for the next time')
    .argument('<project>', 'name or id')
    .argument('<domain>')
    .addOption(outputOption())
    .action((project: string, name: string, options: { output: OutputFormat }) =>
      check(context, { project, name }, options.output),
    );
  addExamples(command, [
    ['spt-flow domain check my-app shop.example.org', 'after the records were entered'],
  ]);
}

async function check(
  context: Context,
  { project, name }: { project: string; name: string },
  output: OutputFormat,
): Promise<void> {
  const checked = await (await context.client()).checkDomain(project, name);
  context.print(output, { data: checked, text: domainText(checked) });
}
