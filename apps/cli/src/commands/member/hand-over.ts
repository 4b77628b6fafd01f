import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { usageError } from '../../core/errors.ts';
import { findMember } from '../../steps/find-people.ts';
import { addExamples } from '../../program.ts';
import { plain } from '../../core/text.ts';
import { countsOf } from './remove.ts';

export function registerMemberHandOver(member: Command, context: Context): void {
  const command = member
    .command('hand-over')
    .description('give all workspaces and projects of somebody to a member')
    .argument('<e-mail>', 'of a member, or of somebody who was one')
    .requiredOption(
      '--transfer-to <e-mail>',
      "the member who gets them, from 'spt-flow member list'",
    )
    .action((email: string, { transferTo }: { transferTo: string }) =>
      handOver(context, email, transferTo),
    );
  addExamples(command, [
    [
      'spt-flow member hand-over ben@example.com --transfer-to ada@example.com',
      'Ada goes on with what Ben left',
    ],
  ]);
}

async function handOver(context: Context, email: string, transferTo: string): Promise<void> {
  const client = await context.client();
  const [members, former] = [await client.listMembers(), await client.listFormerMembers()];
  const owner = [...members.items, ...former.items].find(
    (person) => person.email.toLowerCase() === email.toLowerCase(),
  );
  if (!owner) throw usageError('Nobody with this e-mail has anything', 'spt-flow member list');
  const heir = await findMember(context, transferTo);
  const done = await client.handOver(owner.id, heir.id);
  context.note(`${plain(heir.name)} has ${countsOf(done)} of ${plain(owner.name)} now`);
}
