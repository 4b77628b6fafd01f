import type { SignInConfig } from '@spt-flow/config/sign-in';
import { AppError } from '@spt-flow/shared/domain/errors';
import { readableName } from '@spt-flow/shared/domain/name';
import type { Role } from '@spt-flow/shared/domain/roles';
import type { Audit } from '../../lib/audit.ts';
import type { AuthRepository } from '../auth/index.ts';
import type { InvitationsRepository } from '../members/index.ts';
import type { IdentitiesRepository, Membership, Transaction } from './identities-repository.ts';
import type { ProvenPerson } from './methods/sign-in-method.ts';
import type { RoleDecision } from './role-decision.ts';

export type Admission = ReturnType<typeof createAdmission>;

export interface AdmissionDeps {
  readonly identities: IdentitiesRepository;
  readonly invitations: Pick<InvitationsRepository, 'find' | 'findByAddress' | 'use'>;
  readonly accounts: Pick<AuthRepository, 'createUser' | 'addMember'>;
  readonly audit: Audit;
  readonly settings: Pick<SignInConfig, 'linkByEmail' | 'signUp'>;
}

/** Newcomer is somebody whom no account here is linked to. */
interface Newcomer {
  readonly person: ProvenPerson;
  /** Verified. */
  readonly email: string;
  readonly decision: RoleDecision;
  readonly invitationHash: string | undefined;
  readonly correlationId: string;
}

interface Admitted {
  readonly membership: Membership;
  readonly identityId: string;
}

type Known = { readonly id: string; readonly userId: string } | undefined;

/** createAdmission decides who gets which account when they come for the first time, or again after they were removed. */
export function createAdmission(deps: AdmissionDeps) {
  const { identities, invitations, accounts, audit, settings } = deps;

  /** The link they came with, or what an admin wrote their address on. */
  async function findInvitation({ email, invitationHash }: Newcomer, tx: Transaction) {
    if (invitationHash === undefined) return invitations.findByAddress(email, tx);
    const invitation = await invitations.find(invitationHash, tx);
    const isTheirs = invitation?.email == null || isSameAddress(invitation.email, email);
    if (!invitation || invitation.memberId !== null || !isTheirs)
      throw new AppError('invitation_invalid');
    return invitation;
  }

  /** Where they may come to, and as what. */
  async function welcomeOf(
    newcomer: Newcomer,
    { isBack }: { isBack: boolean },
    tx: Transaction,
  ): Promise<{ organizationId: string; role: Role }> {
    const decided = asRole(newcomer.decision);
    const invitation = await findInvitation(newcomer, tx);
    if (invitation) {
      // Who was removed comes back only by an address that an admin wrote down.
      if (isBack && invitation.email === null) throw new AppError('email_taken');
      if (!(await invitations.use(invitation.id, tx))) throw new AppError('invitation_invalid');
      return { organizationId: invitation.organizationId, role: decided ?? invitation.role };
    }
    const organizationId = await identities.firstOrganization(tx);
    if (isBack || organizationId === undefined || !mayCome(newcomer.email, settings.signUp))
      throw new AppError('signup_closed');
    return { organizationId, role: decided ?? settings.signUp.role };
  }

  async function record(
    action: string,
    { userId, organizationId }: Pick<Membership, 'userId' | 'organizationId'>,
    { person, correlationId, tx }: Pick<Newcomer, 'person' | 'correlationId'> & { tx: Transaction },
  ): Promise<void> {
    const entry = { organizationId, principal: `user:${userId}`, target: userId, correlationId };
    await audit.record({ ...entry, action, detail: { issuer: person.issuer } }, tx);
  }

  async function link(
    userId: string,
    { person, email }: Pick<Newcomer, 'person'> & { email: string | undefined },
    tx: Transaction,
  ): Promise<string> {
    const { issuer, subject } = person;
    return identities.insert({ userId, issuer, subject, email }, tx);
  }

  /** An account with their address is theirs only where that is the policy, and never when it is linked there already. */
  async function takeAccount(
    newcomer: Newcomer,
    membership: Membership,
    tx: Transaction,
  ): Promise<Admitted> {
    const { userId } = membership;
    const linked = await identities.list(userId, tx);
    const isOther = linked.some(({ issuer }) => issuer === newcomer.person.issuer);
    if (!settings.linkByEmail || isOther) throw new AppError('sign_in_link_first');
    await identities.closeDoors(userId, tx);
    const identityId = await link(userId, newcomer, tx);
    await record('identity.take-over', membership, { ...newcomer, tx });
    return { membership, identityId };
  }

  async function join(
    newcomer: Newcomer,
    { userId, identityId }: { userId: string | undefined; identityId: string | undefined },
    tx: Transaction,
  ): Promise<Admitted> {
    const welcome = await welcomeOf(newcomer, { isBack: userId !== undefined }, tx);
    const { email, person } = newcomer;
    const given = person.name?.trim() ?? '';
    const name = readableName(given === '' ? email : given).slice(0, 255);
    const id = userId ?? (await accounts.createUser({ email, name }, tx));
    if (userId !== undefined && identityId === undefined) await identities.closeDoors(userId, tx);
    await accounts.addMember({ userId: id, ...welcome }, tx);
    const membership = { userId: id, ...welcome };
    await record('member.join', membership, { ...newcomer, tx });
    return { membership, identityId: identityId ?? (await link(id, newcomer, tx)) };
  }

  return {
    link,

    /** Somebody without a membership: new here, removed before, or with an account that is not linked. */
    async admit(
      { person, ...rest }: Omit<Newcomer, 'email'>,
      known: Known,
      tx: Transaction,
    ): Promise<Admitted> {
      const { email } = person;
      if (email === undefined || !person.isEmailVerified) throw new AppError('email_not_verified');
      const newcomer = { person, email, ...rest };
      if (known) return join(newcomer, { userId: known.userId, identityId: known.id }, tx);
      const account = await identities.findUser(email, tx);
      const membership = account && (await identities.membershipOf(account.userId, tx));
      if (membership) return takeAccount(newcomer, membership, tx);
      return join(newcomer, { userId: account?.userId, identityId: undefined }, tx);
    },
  };
}

function asRole(decision: RoleDecision): Role | undefined {
  return decision === 'keep' || decision === 'refuse' ? undefined : decision;
}

function isSameAddress(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function mayCome(email: string, { who, domains }: SignInConfig['signUp']): boolean {
  if (who === 'nobody') return false;
  return (
    domains === null || domains.includes(email.slice(email.lastIndexOf('@') + 1).toLowerCase())
  );
}
