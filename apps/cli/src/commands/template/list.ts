import type { Command } from 'commander';
import type { Template } from '@spt-flow/shared/api/templates';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain, table } from '../../core/text.ts';

const HEAD = ['NAME', 'VERSION', 'WORKSPACES', 'OUTDATED', 'STATE', 'DESCRIPTION'];

export function registerTemplateList(template: Command, context: Context): void {
  const command = template
    .command('list')
    .description('list the templates')
    .addOption(outputOption())
    .action((options: { output: OutputFormat }) => list(context, options.output));
  addExamples(command, [['spt-flow template list', 'every template, and how many use it']]);
}

async function list(context: Context, output: OutputFormat): Promise<void> {
  const client = await context.client();
  const templates = await client.listTemplates();
  context.print(output, { data: templates, text: table([HEAD, ...templates.map(rowOf)]) });
}

function rowOf(template: Template): string[] {
  return [
    plain(template.name),
    String(template.activeVersion ?? '-'),
    String(template.workspaceCount),
    String(template.outdatedCount),
    stateOf(template),
    plain(template.description),
  ];
}

function stateOf({ deprecation, activeVersion, latestVersion }: Template): string {
  if (deprecation !== null) return 'deprecated';
  return activeVersion !== latestVersion ? `${latestVersion} waits` : 'ready';
}
