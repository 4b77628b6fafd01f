import type { RoleRule } from '@spt-flow/config/sign-in';
import type { Role } from '@spt-flow/shared/domain/roles';
import { namesOf } from '../groups/index.ts';

export interface RolePolicy {
  /** Null: groups decide nothing. */
  readonly roles: readonly RoleRule[] | null;
  readonly withoutGroup: 'refuse' | 'readonly' | 'keep';
}

/** A role, `keep` for whichever the person has here, `refuse` for none at all. */
export type RoleDecision = Role | 'keep' | 'refuse';

const HIGHEST_FIRST: readonly Role[] = ['admin', 'developer', 'readonly'];

/** decideRole gives the highest role that any of the groups has. */
export function decideRole(
  groups: readonly string[] | undefined,
  { roles, withoutGroup }: RolePolicy,
): RoleDecision {
  if (!roles || !groups) return 'keep';
  const found = new Set(groups);
  const given = roles.filter(({ group }) => namesOf(group).some((name) => found.has(name)));
  return HIGHEST_FIRST.find((role) => given.some((rule) => rule.role === role)) ?? withoutGroup;
}
