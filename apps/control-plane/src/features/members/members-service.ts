import type { Transaction } from '@spt-flow/db/client';
import type { Member } from '@spt-flow/shared/api/members';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Role } from '@spt-flow/shared/domain/roles';
import type { Audit } from '../../lib/audit.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import { hashPassword, verifyPassword } from '../auth/index.ts';
import type { InvitationsRepository } from './invitations-repository.ts';
import type { MemberRow, MembersRepository } from './members-repository.ts';

export type MembersService = ReturnType<typeof createMembersService>;

export interface MembersDeps {
  readonly repository: MembersRepository;
  readonly invitations: InvitationsRepository;
  readonly audit: Audit;
  /** Something that opened doors no longer does. */
  readonly onRevoked: (organizationId: string) => void;
}

/** createMembersService shows an organization's people to all of them, and lets admins change who they are. */
export function createMembersService({ repository, invitations, audit, onRevoked }: MembersDeps) {
  async function list({ organizationId }: Principal): Promise<Member[]> {
    return (await repository.list(organizationId)).map(toApi);
  }

  /** Runs a change of a member's role, after which an admin is left. */
  async function change(
    by: Principal,
    { userId, staysAdmin }: { userId: string; staysAdmin: boolean },
    run: (tx: Transaction) => Promise<void>,
  ): Promise<void> {
    const { organizationId } = by;
    await repository.transaction(async (tx) => {
      const admins = await repository.lockAdmins(organizationId, tx);
      if (!(await repository.isMember({ organizationId, userId }, tx)))
        throw new AppError('not_found', 'There is no such member');
      if (!staysAdmin && admins.length === 1 && admins[0] === userId)
        throw new AppError('last_admin');
      await run(tx);
    });
    onRevoked(organizationId);
  }

  return {
    list,

    async setRole(
      by: Principal,
      { userId, role }: { userId: string; role: Role },
      correlationId: string,
    ): Promise<Member> {
      const { organizationId } = by;
      await change(by, { userId, staysAdmin: role === 'admin' }, async (tx) => {
        await repository.setRole({ organizationId, userId }, role, tx);
        if (role !== 'admin') await invitations.removeMadeBy({ organizationId, userId }, tx);
        const entry = { organizationId, principal: auditName(by), target: userId, correlationId };
        await audit.record({ ...entry, action: 'member.role', detail: { role } }, tx);
      });
      const changed = (await list(by)).find(({ id }) => id === userId);
      if (!changed) throw new AppError('not_found', 'There is no such member');
      return changed;
    },

    /** `before` runs in the same transaction, while they still are a member. */
    async remove(
      by: Principal,
      { userId, correlationId }: { userId: string; correlationId: string },
      before: (tx: Transaction) => Promise<void>,
    ): Promise<void> {
      const { organizationId } = by;
      await change(by, { userId, staysAdmin: false }, async (tx) => {
        await before(tx);
        const left = await repository.remove({ organizationId, userId }, tx);
        await invitations.removeOfMember(userId, tx);
        await invitations.removeMadeBy({ organizationId, userId }, tx);
        const entry = { organizationId, principal: auditName(by), target: userId, correlationId };
        await audit.record({ ...entry, action: 'member.remove', detail: left }, tx);
      });
    },

    /** The browser that asks stays signed in; API tokens stay too, as they can be revoked one by one. */
    async changePassword(
      by: Principal,
      { current, next }: { current: string; next: string },
      correlationId: string,
    ): Promise<void> {
      const { organizationId, userId, via } = by;
      if (!(await verifyPassword(await repository.findPasswordHash(userId), current)))
        throw new AppError('wrong_credentials', 'The current password is wrong');
      const passwordHash = await hashPassword(next);
      const keepLogin = via.kind === 'login' ? via.id : undefined;
      await repository.transaction(async (tx) => {
        await repository.setPassword(userId, { passwordHash, keepLogin }, tx);
        await invitations.removeOfMember(userId, tx);
        const entry = { organizationId, principal: auditName(by), target: userId, correlationId };
        await audit.record({ ...entry, action: 'password.change' }, tx);
      });
      onRevoked(organizationId);
    },
  };
}

function toApi({ joinedAt, lastSeenAt, ...member }: MemberRow): Member {
  return {
    ...member,
    joinedAt: joinedAt.toISOString(),
    lastSeenAt: lastSeenAt?.toISOString() ?? null,
  };
}
