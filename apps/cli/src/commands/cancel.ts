import type { Command } from 'commander';
import type { Context, OutputFormat } from '../context.ts';
import { addExamples, outputOption } from '../program.ts';
import { plain } from '../core/text.ts';

export function registerCancel(program: Command, context: Context): void {
  const command = program
    .command('cancel')
    .description('cancel a start or a stop that is under way')
    .argument('<workspace>', 'name or id')
    .addOption(outputOption())
    .action((workspace: string, options: { output: OutputFormat }) =>
      cancel(context, workspace, options.output),
    );
  addExamples(command, [['spt-flow cancel demo', 'a start that takes too long']]);
}

async function cancel(context: Context, handle: string, output: OutputFormat): Promise<void> {
  const client = await context.client();
  const workspace = await client.cancelChange(handle);
  const text = `Cancelled: workspace '${plain(workspace.name)}' is to be ${workspace.desiredState} again`;
  context.print(output, { data: workspace, text });
}
