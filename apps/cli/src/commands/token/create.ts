import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';

const MAX_DAYS = 365;

interface Options {
  readonly scope: 'read' | 'write' | 'admin';
  readonly expiresInDays: number;
  readonly output: OutputFormat;
}

export function registerTokenCreate(token: Command, context: Context): void {
  const command = token
    .command('create')
    .description('create an API token; it is shown once')
    .argument('<name>', 'what it is for')
    .addOption(
      new Option('--scope <scope>', 'what it may do')
        .choices(['read', 'write', 'admin'])
        .default('write'),
    )
    .addOption(
      new Option('--expires-in-days <days>', 'how long it is valid')
        .argParser(readDays)
        .default(90),
    )
    .addOption(outputOption())
    .action((name: string, options: Options) => create(context, name, options));
  addExamples(command, [
    ['spt-flow token create ci --scope read', 'a token for a program that only looks'],
    ['spt-flow token create ci > token.txt', 'straight into a file'],
  ]);
}

async function create(context: Context, name: string, options: Options): Promise<void> {
  const client = await context.client();
  const { scope, expiresInDays } = options;
  const created = await client.createToken({ name, scope, expiresInDays });
  context.print(options.output, { data: created, text: created.token });
  context.note('Keep it now: it is not shown again');
}

function readDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= MAX_DAYS) return days;
  throw new InvalidArgumentError(`It must be a number from 1 to ${MAX_DAYS}`);
}
