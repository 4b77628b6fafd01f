import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Context } from '../../context.ts';
import { addExamples } from '../../program.ts';

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

export function registerBudgetExport(budget: Command, context: Context): void {
  const command = budget
    .command('export')
    .description('print what each person used in each project in a month, as CSV')
    .addOption(
      new Option('--month <month>', 'such as 2026-11 (default: this month)').argParser(readMonth),
    )
    .action((options: { month?: string }) => exportBill(context, options.month));
  addExamples(command, [
    ['spt-flow budget export > november.csv', 'for a spreadsheet'],
    ['spt-flow budget export --month 2026-10', 'the month before'],
  ]);
}

async function exportBill(context: Context, month: string | undefined): Promise<void> {
  const text = await (await context.client()).exportBill(month);
  context.io.stdout.write(text);
}

function readMonth(text: string): string {
  if (MONTH.test(text)) return text;
  throw new InvalidArgumentError('Write the month as 2026-11.');
}
