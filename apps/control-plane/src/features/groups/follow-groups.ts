import type { Transaction } from '@spt-flow/db/client';
import type { MethodId } from '@spt-flow/shared/api/sign-in';
import type { Audit } from '../../lib/audit.ts';
import type { GroupRow, GroupsRepository } from './groups-repository.ts';

export interface FollowDeps {
  readonly repository: Pick<GroupsRepository, 'followers' | 'add' | 'take'>;
  readonly audit: Audit;
}

/** Told is what a way to sign in said about somebody. */
export interface Told {
  readonly method: MethodId;
  readonly organizationId: string;
  readonly userId: string;
  /** Undefined: it does not say, and everything stays. */
  readonly groups: readonly string[] | undefined;
  readonly correlationId: string;
}

export type FollowGroups = ReturnType<typeof createFollowGroups>;

/** createFollowGroups puts people into the groups here that follow theirs elsewhere, and out of the others of that method. */
export function createFollowGroups({ repository, audit }: FollowDeps) {
  return async function follow(told: Told, tx: Transaction): Promise<void> {
    const { method, organizationId, userId, groups, correlationId } = told;
    if (!groups) return;
    const names = new Set(groups);
    const followers = await repository.followers(organizationId, userId, tx);
    const changed = followers.filter(
      (group) => group.follows === method && isNamed(group, names) !== group.isMember,
    );
    const [left, joined] = [true, false].map((isMember) =>
      changed.filter((group) => group.isMember === isMember).map(({ id }) => id),
    );
    await repository.take(left ?? [], userId, tx);
    await repository.add(joined ?? [], userId, tx);
    for (const { id, name, isMember } of changed) {
      const entry = { organizationId, principal: 'system', target: id, correlationId };
      const detail = { name, userId, by: method };
      await audit.record({ ...entry, action: isMember ? 'group.leave' : 'group.join', detail }, tx);
    }
  };
}

function isNamed({ name, follows }: GroupRow, told: ReadonlySet<string>): boolean {
  const exact = follows === 'github' ? name.toLowerCase() : name;
  return namesOf(exact).some((one) => told.has(one));
}

/** namesOf tells how a group may be called: Keycloak says where it is, so `admins` is `/admins`, and never `/somewhere/admins`. */
export function namesOf(group: string): string[] {
  return group.includes('/') ? [group] : [group, `/${group}`];
}
