import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../../context.ts';
import { describePool } from '../../../words/pool-text.ts';
import { addExamples, outputOption } from '../../../program.ts';

export function registerTemplatePoolShow(pool: Command, context: Context): void {
  const command = pool
    .command('show')
    .description('show how many workspaces of a template are kept ready, and what that costs')
    .argument('<template>', 'name or id')
    .addOption(outputOption())
    .action((handle: string, { output }: { output: OutputFormat }) =>
      show(context, handle, output),
    );
  addExamples(command, [['spt-flow template pool show node-react', 'ready, starting, cost']]);
}

async function show(context: Context, handle: string, output: OutputFormat): Promise<void> {
  const client = await context.client();
  const data = await client.getPool(handle);
  context.print(output, { data, text: describePool(handle, data) });
}
