import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Context, OutputFormat } from '../../../core/context.ts';
import { describePool } from '../../../core/pool-text.ts';
import { addExamples, outputOption } from '../../../core/program.ts';

interface Options {
  readonly size: number;
  readonly maxAge?: number;
  readonly output: OutputFormat;
}

export function registerTemplatePoolSet(pool: Command, context: Context): void {
  const command = pool
    .command('set')
    .description('keep so many workspaces of a template ready, for whoever creates one next')
    .argument('<template>', 'name or id')
    .addOption(
      new Option('--size <count>', 'how many; 0: none').argParser(readCount).makeOptionMandatory(),
    )
    .addOption(
      new Option('--max-age <hours>', 'replace older ones (24 at first)').argParser(readCount),
    )
    .addOption(outputOption())
    .action((handle: string, options: Options) => set(context, handle, options));
  addExamples(command, [
    ['spt-flow template pool set node-react --size 2', 'keeps two ready'],
    ['spt-flow template pool set node-react --size 0', 'keeps none any more'],
  ]);
}

function readCount(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number');
}

async function set(
  context: Context,
  handle: string,
  { size, maxAge: maxAgeHours, output }: Options,
): Promise<void> {
  const client = await context.client();
  const data = await client.setPool(handle, {
    size,
    ...(maxAgeHours !== undefined && { maxAgeHours }),
  });
  context.print(output, { data, text: describePool(handle, data) });
}
