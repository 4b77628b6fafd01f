import type { Command } from 'commander';
import type { Costs, Money } from '@spt-flow/shared/api/costs';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain, table } from '../../core/text.ts';

export function registerBudgetShow(budget: Command, context: Context): void {
  const command = budget
    .command('show')
    .description('what the organization spent this month, by owner, and its budget')
    .addOption(outputOption())
    .action((options: { output: OutputFormat }) => show(context, options.output));
  addExamples(command, [
    ['spt-flow budget show', 'what was spent, of which budget'],
    ['spt-flow budget show --output json', 'the same for programs'],
  ]);
}

async function show(context: Context, output: OutputFormat): Promise<void> {
  const client = await context.client();
  const { costs } = await client.getCosts();
  if (output === 'text' && !costs)
    return context.note(
      'Nothing has a price here: start spt-flow with SPT_FLOW_PRICES, such as chat=0.05,devenv=0.1',
    );
  context.print(output, { data: costs, text: costs ? describeCosts(costs) : '' });
}

const STATES: Readonly<Record<Costs['state'], string>> = {
  ok: 'within the budget',
  near: 'nearly used up',
  over: 'used up: stop what is not needed',
};

/** describeCosts names the month, what is left of it, and who spent it. */
export function describeCosts({ month, spent, budget, state, owners }: Costs): string {
  return table([
    ['Month', month],
    ['Spent', formatMoney(spent)],
    ['Budget', budget ? `${formatMoney(budget)}, ${STATES[state]}` : 'none'],
    ...owners.map((owner) => [`  ${plain(owner.ownerName)}`, formatMoney(owner.spent)]),
  ]);
}

function formatMoney({ amount, currency }: Money): string {
  return `${amount.toFixed(2)} ${plain(currency)}`;
}
