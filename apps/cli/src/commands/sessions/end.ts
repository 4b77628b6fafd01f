import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { findSession } from '../../steps/find-session.ts';
import { addExamples, outputOption } from '../../program.ts';
import { survivorLines } from '../../words/session-text.ts';
import { plain } from '../../core/text.ts';

export function registerSessionsEnd(sessions: Command, context: Context): void {
  const command = sessions
    .command('end')
    .description('end a connection into a workspace, and say what goes on')
    .argument('<session>', "id, or its beginning, from 'spt-flow sessions list'")
    .addOption(outputOption())
    .action((handle: string, { output }: { output: OutputFormat }) =>
      end(context, { handle, output }),
    );
  addExamples(command, [['spt-flow sessions end 3f2a91c0', 'send away who has it']]);
}

async function end(
  context: Context,
  { handle, output }: { handle: string; output: OutputFormat },
): Promise<void> {
  const client = await context.client();
  const { id } = await findSession(client, handle, {
    query: { state: 'open' },
    command: 'spt-flow sessions list',
  });
  const data = await client.endSession(id);
  const { userName, workspaceName, kind } = data.session;
  const verb = data.isOver ? 'is over' : 'ends as soon as the replica that carries it answers';
  const head = `${plain(userName)}'s ${kind} in ${plain(workspaceName)} ${verb}`;
  const lines = survivorLines(data).map((line) => `  - ${line}`);
  context.print(output, { data, text: [head, ...lines].join('\n') });
}
