import { SESSION_KINDS, type SessionKind } from '@spt-flow/shared/api/sessions';
import { Option, type Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { sessionTable } from '../../words/session-text.ts';

interface Options {
  readonly all?: boolean;
  readonly workspace?: string;
  readonly kind?: SessionKind;
  readonly output: OutputFormat;
}

export function registerSessionsList(sessions: Command, context: Context): void {
  const command = sessions
    .command('list')
    .description("list open connections into workspaces: your own, or everybody's for admins")
    .option('--all', 'also those that are over')
    .option('--workspace <workspace>', 'name or id')
    .addOption(new Option('--kind <kind>', 'only these').choices(SESSION_KINDS))
    .addOption(outputOption())
    .action((options: Options) => list(context, options));
  addExamples(command, [
    ['spt-flow sessions list', 'who is connected now'],
    ['spt-flow sessions list --all --workspace demo', 'who was, from where, and how it ended'],
  ]);
}

async function list(context: Context, { all, workspace, kind, output }: Options): Promise<void> {
  const client = await context.client();
  const data = await client.listSessions({
    ...(all !== true && { state: 'open' as const }),
    ...(workspace !== undefined && { workspace }),
    ...(kind !== undefined && { kind }),
  });
  if (output === 'text' && data.length === 0)
    return context.note(
      all
        ? 'There was no connection yet'
        : 'Nobody is connected. Try: spt-flow sessions list --all',
    );
  context.print(output, { data, text: sessionTable(data) });
}
