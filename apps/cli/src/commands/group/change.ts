import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { findGroup, findMember } from '../../steps/find-people.ts';
import { addExamples } from '../../program.ts';
import { plain } from '../../core/text.ts';

const GROUP = "from 'spt-flow group list'";
const E_MAIL = "from 'spt-flow member list'";

/** What changes a group that is there. */
export function registerGroupChange(group: Command, context: Context): void {
  const add = group
    .command('add')
    .description('put a member into a group')
    .argument('<group>', GROUP)
    .argument('<e-mail>', E_MAIL)
    .action((name: string, email: string) => addMember(context, name, email));
  addExamples(add, [['spt-flow group add Shop ben@example.com', 'Ben reaches what Shop does']]);
  const take = group
    .command('remove')
    .description('take a member out of a group')
    .argument('<group>', GROUP)
    .argument('<e-mail>', E_MAIL)
    .action((name: string, email: string) => removeMember(context, name, email));
  addExamples(take, [['spt-flow group remove Shop ben@example.com', 'ends what Ben has open']]);
  const rename = group
    .command('rename')
    .description('give a group another name')
    .argument('<group>', GROUP)
    .argument('<name>')
    .action((name: string, to: string) => renameGroup(context, name, to));
  addExamples(rename, [['spt-flow group rename Shop "Web shop"', 'what it reaches stays']]);
  const remove = group
    .command('delete')
    .description('delete a group; its members stay in the organization')
    .argument('<group>', GROUP)
    .action((name: string) => removeGroup(context, name));
  addExamples(remove, [['spt-flow group delete Shop', 'who is in it loses what only it reached']]);
}

async function addMember(context: Context, group: string, email: string): Promise<void> {
  const [{ id, name }, member] = [
    await findGroup(context, group),
    await findMember(context, email),
  ];
  await (await context.client()).addToGroup(id, member.id);
  context.note(`${plain(member.name)} is in ${plain(name)} now`);
}

async function removeMember(context: Context, group: string, email: string): Promise<void> {
  const [{ id, name }, member] = [
    await findGroup(context, group),
    await findMember(context, email),
  ];
  await (await context.client()).takeFromGroup(id, member.id);
  context.note(`${plain(member.name)} is not in ${plain(name)} any more`);
}

async function renameGroup(context: Context, group: string, to: string): Promise<void> {
  const { id, name } = await findGroup(context, group);
  await (await context.client()).renameGroup(id, to);
  context.note(`${plain(name)} is called ${plain(to)} now`);
}

async function removeGroup(context: Context, group: string): Promise<void> {
  const { id, name, projects } = await findGroup(context, group);
  await (await context.client()).removeGroup(id);
  const shared = projects === 1 ? '1 project was' : `${projects} projects were`;
  context.note(
    `${plain(name)} is deleted${projects === 0 ? '' : `; ${shared} shared with it, and no longer ${projects === 1 ? 'is' : 'are'}`}`,
  );
}
