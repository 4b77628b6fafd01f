import type { Group } from '@spt-flow/shared/api/groups';
import type { Member } from '@spt-flow/shared/api/members';
import type { Context } from '../context.ts';
import { usageError } from '../core/errors.ts';

/** findMember finds a member by e-mail address, as people know each other. */
export async function findMember(context: Context, email: string): Promise<Member> {
  const { items } = await (await context.client()).listMembers();
  const found = items.find((member) => member.email.toLowerCase() === email.toLowerCase());
  if (!found) throw usageError('There is no member with this e-mail', 'spt-flow member list');
  return found;
}

/** findGroup finds a group by its name. */
export async function findGroup(context: Context, name: string): Promise<Group> {
  const { items } = await (await context.client()).listGroups();
  const found = items.find((group) => group.name.toLowerCase() === name.toLowerCase());
  if (!found) throw usageError('There is no group with this name', 'spt-flow group list');
  return found;
}
