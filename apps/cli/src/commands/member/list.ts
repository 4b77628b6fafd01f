import type { Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain, table } from '../../core/text.ts';

const HEAD = ['E-MAIL', 'NAME', 'ROLE', 'JOINED', 'LAST SEEN'];

export function registerMemberList(member: Command, context: Context): void {
  const command = member
    .command('list')
    .description('list who belongs to your organization')
    .addOption(outputOption())
    .action((options: { output: OutputFormat }) => list(context, options.output));
  addExamples(command, [['spt-flow member list', 'everybody, with their roles']]);
}

async function list(context: Context, output: OutputFormat): Promise<void> {
  const client = await context.client();
  const { items } = await client.listMembers();
  const rows = items.map(({ email, name, role, joinedAt, lastSeenAt }) => [
    plain(email),
    plain(name),
    role,
    joinedAt.slice(0, 10),
    lastSeenAt?.slice(0, 10) ?? '-',
  ]);
  context.print(output, { data: items, text: table([HEAD, ...rows]) });
}
