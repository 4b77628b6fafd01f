import { InvalidArgumentError, type Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { describeCosts } from './show.ts';

export function registerBudgetSet(budget: Command, context: Context): void {
  const command = budget
    .command('set')
    .description('set what the organization may spend in a month; it warns, and stops nothing')
    .argument('<amount>', 'in the currency of the prices, or default', readAmount)
    .addOption(outputOption())
    .action((amount: number | null, options: { output: OutputFormat }) =>
      set(context, amount, options.output),
    );
  addExamples(command, [
    ['spt-flow budget set 250', 'warn from four fifths of 250 on'],
    ['spt-flow budget set default', 'go back to what is configured'],
  ]);
}

function readAmount(text: string): number | null {
  if (text === 'default') return null;
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('It is a number, like 250');
  return Number(text);
}

async function set(context: Context, amount: number | null, output: OutputFormat): Promise<void> {
  const client = await context.client();
  const { costs } = await client.setBudget(amount);
  context.print(output, { data: costs, text: describeCosts(costs) });
}
