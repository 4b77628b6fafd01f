import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain } from '../../core/text.ts';

export function registerTemplateRollback(template: Command, context: Context): void {
  const command = template
    .command('rollback')
    .description('go back to what the last update of a workspace replaced, from its next start on')
    .argument('<workspace>', 'name or id')
    .addOption(outputOption())
    .action((handle: string, options: { output: OutputFormat }) =>
      rollback(context, handle, options.output),
    );
  addExamples(command, [['spt-flow template rollback demo', 'once more goes forth again']]);
}

async function rollback(context: Context, handle: string, output: OutputFormat): Promise<void> {
  const client = await context.client();
  const workspace = await client.rollbackWorkspace(handle);
  const version = workspace.template?.version ?? '?';
  context.print(output, {
    data: workspace,
    text: `${plain(workspace.name)} is of version ${version} from its next start on`,
  });
}
