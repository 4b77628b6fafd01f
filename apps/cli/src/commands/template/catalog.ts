import type { Command } from 'commander';
import type { CatalogEntry } from '@spt-flow/shared/api/template-catalog';
import type { Context, OutputFormat } from '../../context.ts';
import { CliError, EXIT } from '../../core/errors.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain, table } from '../../core/text.ts';

const HEAD = ['NAME', 'PATH', 'DESCRIPTION'];

export function registerTemplateCatalog(template: Command, context: Context): void {
  const command = template
    .command('catalog')
    .description('list the templates that this installation offers, and how to add one')
    .addOption(outputOption())
    .action((options: { output: OutputFormat }) => list(context, options.output));
  addExamples(command, [['spt-flow template catalog', 'what could be added']]);
}

async function list(context: Context, output: OutputFormat): Promise<void> {
  const client = await context.client();
  const { repositoryUrl, items } = await client.templateCatalog();
  if (repositoryUrl === null)
    throw new CliError({
      ...{ what: 'This installation has no catalogue of templates', exitCode: EXIT.notFound },
      details: ['Whoever runs spt-flow names a repository by SPT_FLOW_TEMPLATE_CATALOG'],
    });
  context.print(output, { data: items, text: table([HEAD, ...items.map(rowOf)]) });
  const first = items.find(({ problem }) => problem === null);
  if (!first) return;
  const directory = first.path === null ? '' : ` ${plain(first.path)}`;
  context.note(
    `Admins add one: spt-flow template push${directory} --repo-url ${plain(repositoryUrl)}`,
  );
}

function rowOf({ name, path, description, problem }: CatalogEntry): string[] {
  return [plain(name), plain(path ?? '-'), plain(problem ?? description)];
}
