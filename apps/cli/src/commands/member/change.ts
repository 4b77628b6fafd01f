import { ROLES, type Role } from '@spt-flow/shared/domain/roles';
import { Argument, type Command } from 'commander';
import type { Context, OutputFormat } from '../../context.ts';
import { findMember } from '../../steps/find-people.ts';
import { addExamples, outputOption } from '../../program.ts';
import { plain } from '../../core/text.ts';

/** What changes somebody who is a member: another role, a link to a new password. */
export function registerMemberChange(member: Command, context: Context): void {
  const role = member
    .command('role')
    .description('give a member another role')
    .argument('<e-mail>', "from 'spt-flow member list'")
    .addArgument(new Argument('<role>', 'what they may do').choices(ROLES))
    .action((email: string, given: Role) => setRole(context, email, given));
  addExamples(role, [['spt-flow member role ben@example.com admin', 'let Ben manage everything']]);
  const password = member
    .command('password')
    .description('print a link with which a member chooses a new password')
    .argument('<e-mail>', 'of who forgot the password')
    .addOption(outputOption())
    .action((email: string, { output }: { output: OutputFormat }) =>
      printPasswordLink(context, { email, output }),
    );
  addExamples(password, [['spt-flow member password ben@example.com', 'send Ben what it prints']]);
}

async function setRole(context: Context, email: string, role: Role): Promise<void> {
  const { id, name } = await findMember(context, email);
  const client = await context.client();
  await client.updateMember(id, { role });
  context.note(`${plain(name)} is ${role} now`);
}

async function printPasswordLink(
  context: Context,
  { email, output }: { email: string; output: OutputFormat },
): Promise<void> {
  const { id } = await findMember(context, email);
  const client = await context.client();
  const made = await client.createPasswordLink(id);
  context.note(`Good once, until ${made.expiresAt}. It is a secret:`);
  context.print(output, { data: made, text: made.url });
}
