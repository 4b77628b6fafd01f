import type { Me } from '@spt-flow/shared/api/auth';
import type { Invitation, MemberLink } from '@spt-flow/shared/api/members';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Role } from '@spt-flow/shared/domain/roles';
import type { Audit, AuditEntry } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { isRowsFault } from '../../lib/database-error.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import { hashToken, newToken } from '../../lib/tokens.ts';
import { type AuthRepository, type AuthService, hashPassword } from '../auth/index.ts';
import type { InvitationRow, InvitationsRepository } from './invitations-repository.ts';
import type { MembersRepository } from './members-repository.ts';

const DAY_MS = 24 * 3600 * 1000;
const INVITATION_DAYS = 7;
const PASSWORD_LINK_DAYS = 1;

export type InvitationsService = ReturnType<typeof createInvitationsService>;

export interface InvitationsDeps {
  readonly repository: InvitationsRepository;
  readonly members: MembersRepository;
  readonly accounts: Pick<AuthRepository, 'createUser' | 'addMember' | 'findAccountByEmail'>;
  readonly auth: Pick<AuthService, 'signIn'>;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly publicUrl: string;
  readonly onRevoked: (organizationId: string) => void;
  /** False where everybody signs in elsewhere; links to a new password let people in even then. */
  readonly passwords: boolean;
}

export interface Acceptance {
  readonly token: string;
  readonly password: string;
  readonly name?: string | undefined;
  readonly email?: string | undefined;
}

type Transaction = Parameters<Parameters<InvitationsRepository['transaction']>[0]>[0];
type Newcomer = Pick<Acceptance, 'name' | 'email'> & { readonly passwordHash: string };

/** createInvitationsService makes links that work once: with them people join, or choose a new password. */
export function createInvitationsService(deps: InvitationsDeps) {
  const { repository, members, accounts, audit, clock } = deps;

  /** What is recorded of a link may name its row. */
  async function makeLink(
    by: Pick<Principal, 'organizationId' | 'userId'>,
    { days, ...link }: { role: Role; email?: string | undefined; memberId?: string; days: number },
    entryOf: (row: InvitationRow) => Omit<AuditEntry, 'organizationId'>,
  ): Promise<{ row: InvitationRow; url: string }> {
    const token = newToken('invite');
    const { organizationId, userId: createdBy } = by;
    const expiresAt = new Date(clock.now().getTime() + days * DAY_MS);
    const values = { ...link, organizationId, createdBy, tokenHash: hashToken(token), expiresAt };
    const row = await repository.transaction(async (tx) => {
      const made = await repository.insert(values, tx);
      await audit.record({ ...entryOf(made), organizationId }, tx);
      return made;
    });
    return { row, url: `${deps.publicUrl}/invite/${token}` };
  }

  async function opened(token: string): Promise<InvitationRow> {
    const invitation = await repository.find(hashToken(token));
    if (!invitation) throw new AppError('invitation_invalid');
    return invitation;
  }

  async function createUser(
    values: Parameters<AuthRepository['createUser']>[0],
    tx: Transaction,
  ): Promise<string> {
    try {
      return await accounts.createUser(values, tx);
    } catch (error) {
      // Somebody joined with this address in the same moment.
      if (isRowsFault(error)) throw new AppError('email_taken');
      throw error;
    }
  }

  /** The id of the person who joins; somebody who left may only come back to an address that an admin wrote down. */
  async function admit(
    invitation: InvitationRow,
    { name, passwordHash, ...given }: Newcomer,
    tx: Transaction,
  ): Promise<string> {
    const email = invitation.email ?? given.email;
    if (name === undefined || email === undefined)
      throw new AppError('validation_failed', 'Name and e-mail are needed to join');
    const known = await repository.findByEmail(email, tx);
    if (known && (known.isMember || invitation.email === null)) throw new AppError('email_taken');
    const userId = known?.userId ?? (await createUser({ email, name, passwordHash }, tx));
    if (known) await repository.comeBack(userId, { name, passwordHash }, tx);
    const { organizationId, role } = invitation;
    await accounts.addMember({ organizationId, userId, role }, tx);
    return userId;
  }

  return {
    async list({ organizationId }: Principal): Promise<Invitation[]> {
      return (await repository.list(organizationId)).map(toApi);
    },

    async invite(
      by: Principal,
      { role, email }: { role: Role; email?: string | undefined },
      correlationId: string,
    ): Promise<Invitation & MemberLink> {
      const entry = { principal: auditName(by), correlationId, detail: { role } };
      const link = { role, email, days: INVITATION_DAYS };
      const { row, url } = await makeLink(by, link, ({ id: target }) => ({
        ...{ ...entry, action: 'member.invite', target },
      }));
      return { ...toApi(row), url };
    },

    async revoke(by: Principal, id: string, correlationId: string): Promise<void> {
      const { organizationId } = by;
      const entry = { organizationId, principal: auditName(by), target: id, correlationId };
      await repository.transaction(async (tx) => {
        if (!(await repository.remove(organizationId, id, tx))) throw new AppError('not_found');
        await audit.record({ ...entry, action: 'member.uninvite' }, tx);
      });
    },

    async createPasswordLink(
      by: Principal,
      memberId: string,
      correlationId: string,
    ): Promise<MemberLink> {
      const { organizationId } = by;
      const member = (await members.list(organizationId)).find(({ id }) => id === memberId);
      if (!member) throw new AppError('not_found', 'There is no such member');
      const { role, email } = member;
      const link = { role, email, memberId, days: PASSWORD_LINK_DAYS };
      const entry = { principal: auditName(by), target: memberId, correlationId };
      const { row, url } = await makeLink(by, link, () => ({ ...entry, action: 'password.link' }));
      return { url, expiresAt: row.expiresAt.toISOString() };
    },

    /** The link for who can't ask an admin, since they are the only one; for the operator of the machine. */
    async recover(address: string): Promise<string> {
      const account = await accounts.findAccountByEmail(address);
      if (!account) throw new AppError('not_found', `No member has the e-mail "${address}"`);
      const { organizationId, userId, userEmail: email, role } = account;
      const link = { role, email, memberId: userId, days: PASSWORD_LINK_DAYS };
      const entry = { action: 'password.link', principal: 'system', target: userId };
      const { url } = await makeLink({ organizationId, userId }, link, ({ id }) => ({
        ...{ ...entry, correlationId: id },
      }));
      return url;
    },

    async show(token: string) {
      const { memberId, organizationName, role, invitedBy, email } = await opened(token);
      const purpose = memberId === null ? ('join' as const) : ('password' as const);
      return { purpose, organizationName, role, invitedBy, email };
    },

    async accept(
      { token, password, ...person }: Acceptance,
      correlationId: string,
    ): Promise<{ token: string; me: Me }> {
      const invitation = await opened(token);
      const { organizationId, memberId } = invitation;
      if (memberId === null && !deps.passwords) throw new AppError('passwords_off');
      const passwordHash = await hashPassword(password);
      const userId = await repository.transaction(async (tx) => {
        if (!(await repository.use(invitation.id, tx))) throw new AppError('invitation_invalid');
        const joined = memberId ?? (await admit(invitation, { ...person, passwordHash }, tx));
        if (memberId !== null) {
          await members.setPassword(memberId, { passwordHash }, tx);
          await repository.removeOfMember(memberId, tx);
        }
        const entry = {
          organizationId,
          principal: `user:${joined}`,
          target: joined,
          correlationId,
        };
        const action = memberId === null ? 'member.join' : 'password.change';
        await audit.record({ ...entry, action }, tx);
        return joined;
      });
      deps.onRevoked(organizationId);
      return deps.auth.signIn({ userId, organizationId });
    },
  };
}

function toApi(row: InvitationRow): Invitation {
  const { id, email, role, invitedBy, createdAt, expiresAt } = row;
  return {
    ...{ id, email, role, invitedBy },
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}
