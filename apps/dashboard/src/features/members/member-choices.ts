import type { Member } from '@spt-flow/shared/api/members';
import type { Choice } from '../../components/choice.ts';

/** memberChoices are people by name, told apart by their address. */
export function memberChoices(members: readonly Pick<Member, 'id' | 'name' | 'email'>[]): Choice[] {
  return members
    .map(({ id, name, email }) => ({ label: name, value: id, description: email }))
    .sort((a, b) => a.label.localeCompare(b.label));
}
