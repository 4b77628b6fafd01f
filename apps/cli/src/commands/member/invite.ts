import { ROLES, type Role } from '@spt-flow/shared/domain/roles';
import { Option, type Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { addExamples, outputOption } from '../../program.ts';

interface Options {
  readonly role: Role;
  readonly email?: string;
  readonly output: OutputFormat;
}

export function registerMemberInvite(member: Command, context: Context): void {
  const command = member
    .command('invite')
    .description('print a link with which one person joins your organization')
    .addOption(
      new Option('--role <role>', 'what they may do').choices(ROLES).default('developer' as const),
    )
    .option('--email <address>', 'only this address can join with the link')
    .addOption(outputOption())
    .action((options: Options) => invite(context, options));
  addExamples(command, [
    ['spt-flow member invite --email ben@example.com', 'send Ben what it prints'],
    ['spt-flow member invite --role readonly', 'for whoever has the link'],
  ]);
}

async function invite(context: Context, { role, email, output }: Options): Promise<void> {
  const client = await context.client();
  const made = await client.inviteMember({ role, ...(email !== undefined && { email }) });
  context.note(`Good for one person, until ${made.expiresAt}. It is a secret:`);
  context.print(output, { data: made, text: made.url });
}
