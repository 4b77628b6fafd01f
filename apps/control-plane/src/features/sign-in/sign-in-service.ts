import type { SignInConfig } from '@spt-flow/config/sign-in';
import type { Me } from '@spt-flow/shared/api/auth';
import type { Identity, MethodId } from '@spt-flow/shared/api/sign-in';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Audit } from '../../lib/audit.ts';
import { isRowsFault } from '../../lib/database-error.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import { assertWhole, type AuthService } from '../auth/index.ts';
import type { FollowGroups } from '../groups/index.ts';
import type { InvitationsRepository, MembersRepository } from '../members/index.ts';
import type { Admission } from './admission.ts';
import type { IdentitiesRepository, Membership, Transaction } from './identities-repository.ts';
import type { ProvenPerson, SignInMethod } from './methods/sign-in-method.ts';
import { decideRole, type RoleDecision, type RolePolicy } from './role-decision.ts';

export type SignInService = ReturnType<typeof createSignInService>;

export interface OfferedMethod extends SignInMethod {
  readonly policy: RolePolicy;
}

export interface SignInDeps {
  readonly methods: readonly OfferedMethod[];
  readonly settings: Pick<SignInConfig, 'passwords' | 'hours'>;
  readonly identities: IdentitiesRepository;
  readonly members: Pick<MembersRepository, 'lockAdmins' | 'setRole' | 'findPasswordHash'>;
  readonly invitations: Pick<InvitationsRepository, 'removeMadeBy'>;
  readonly admission: Admission;
  readonly auth: Pick<AuthService, 'signIn'>;
  readonly followGroups: FollowGroups;
  readonly audit: Audit;
  readonly onRevoked: (organizationId: string) => void;
}

/** Proof is who somebody is, where that was proved, and how they come. */
export interface Proof {
  readonly method: OfferedMethod;
  readonly person: ProvenPerson;
  readonly invitationHash?: string | undefined;
  readonly correlationId: string;
}

/** createSignInService turns who somebody proved to be elsewhere into a login here, and links the two. */
export function createSignInService(deps: SignInDeps) {
  const { identities, admission, audit } = deps;

  /** Groups were looked at anew: who lost theirs has no more rights than they; the only admin stays one. */
  async function follow(
    membership: Membership,
    decision: RoleDecision,
    { correlationId, tx }: { correlationId: string; tx: Transaction },
  ): Promise<void> {
    const { organizationId, userId } = membership;
    if (decision === 'keep' || decision === 'refuse' || decision === membership.role) return;
    const admins = await deps.members.lockAdmins(organizationId, tx);
    const isLastAdmin = admins.length === 1 && admins[0] === userId;
    if (!isLastAdmin) {
      await deps.members.setRole({ organizationId, userId }, decision, tx);
      if (decision !== 'admin') await deps.invitations.removeMadeBy({ organizationId, userId }, tx);
    }
    const entry = { organizationId, principal: 'system', target: userId, correlationId };
    const action = isLastAdmin ? 'member.role-kept' : 'member.role';
    await audit.record({ ...entry, action, detail: { role: decision, by: 'groups' } }, tx);
  }

  async function followGroups(
    { person, method, correlationId }: Proof,
    { organizationId, userId }: Membership,
    tx: Transaction,
  ): Promise<void> {
    const told = { method: method.id, groups: person.groups };
    await deps.followGroups({ ...told, organizationId, userId, correlationId }, tx);
  }

  async function enter({ person, ...proof }: Proof, tx: Transaction) {
    const { correlationId } = proof;
    const decision = decideRole(person.groups, proof.method.policy);
    const known = await identities.find(person, tx);
    const membership = known && (await identities.membershipOf(known.userId, tx));
    if (decision === 'refuse') return { refused: membership };
    if (!known || !membership) {
      const newcomer = { person, decision, invitationHash: proof.invitationHash, correlationId };
      const admitted = await admission.admit(newcomer, known, tx);
      await follow(admitted.membership, decision, { correlationId, tx });
      await followGroups({ person, ...proof }, admitted.membership, tx);
      return admitted;
    }
    await identities.touch(known.id, person.email, tx);
    await follow(membership, decision, { correlationId, tx });
    await followGroups({ person, ...proof }, membership, tx);
    return { membership, identityId: known.id };
  }

  /** Who is in no group any more is out, and so is what they are signed in with. */
  async function turnAway(
    membership: Membership | undefined,
    { method, correlationId }: Proof,
  ): Promise<never> {
    if (membership) {
      const { organizationId, userId } = membership;
      await identities.transaction(async (tx) => {
        await identities.endLogins(userId, tx);
        const entry = { organizationId, principal: 'system', target: userId, correlationId };
        await audit.record({ ...entry, action: 'login.refuse', detail: { by: method.id } }, tx);
      });
      deps.onRevoked(organizationId);
    }
    throw new AppError('sign_in_refused');
  }

  function nameOf(issuer: string): string {
    const host = URL.canParse(issuer) ? new URL(issuer).host : issuer;
    return deps.methods.find((method) => method.issuer === issuer)?.name ?? host;
  }

  return {
    methods: deps.methods,

    method(id: MethodId): OfferedMethod {
      const found = deps.methods.find((method) => method.id === id);
      if (!found) throw new AppError('not_found', `Nobody signs in with "${id}" here`);
      return found;
    },

    async signIn(proof: Proof): Promise<{ token: string; me: Me }> {
      const { method, correlationId } = proof;
      const entered = await identities
        .transaction((tx) => enter(proof, tx))
        .catch((error: unknown) => {
          // The same person came twice in this moment.
          throw isRowsFault(error) ? new AppError('conflict', undefined, { cause: error }) : error;
        });
      if ('refused' in entered) return turnAway(entered.refused, proof);
      const { userId, organizationId } = entered.membership;
      deps.onRevoked(organizationId);
      await audit.record({
        organizationId,
        principal: `user:${userId}`,
        action: 'login.start',
        target: userId,
        correlationId,
        detail: { by: method.id },
      });
      const seconds = deps.settings.hours * 3600;
      return deps.auth.signIn(
        { userId, organizationId },
        { identityId: entered.identityId, seconds },
      );
    },

    async link(by: Principal, { person, correlationId }: Proof): Promise<void> {
      await identities.transaction(async (tx) => {
        const known = await identities.find(person, tx);
        if (known && known.userId !== by.userId) throw new AppError('identity_taken');
        if (known) return;
        await admission.link(by.userId, { person, email: person.email }, tx);
        const entry = { principal: auditName(by), target: by.userId, correlationId };
        const { organizationId } = by;
        const detail = { issuer: person.issuer };
        await audit.record({ organizationId, ...entry, action: 'identity.link', detail }, tx);
      });
    },

    async list({ userId }: Principal): Promise<{ hasPassword: boolean; items: Identity[] }> {
      const rows = await identities.list(userId);
      const items = rows.map(({ id, issuer, email, createdAt, lastUsedAt }) => ({
        ...{ id, email, name: nameOf(issuer) },
        linkedAt: createdAt.toISOString(),
        lastUsedAt: lastUsedAt.toISOString(),
      }));
      return { hasPassword: (await deps.members.findPasswordHash(userId)) != null, items };
    },

    async unlink(by: Principal, id: string, correlationId: string): Promise<void> {
      assertWhole(by);
      const { organizationId, userId } = by;
      await identities.transaction(async (tx) => {
        const hasPassword = (await identities.lockPassword(userId, tx)) && deps.settings.passwords;
        const linked = await identities.list(userId, tx);
        if (!linked.some((identity) => identity.id === id)) throw new AppError('not_found');
        const others = linked.filter(
          (identity) =>
            identity.id !== id && deps.methods.some(({ issuer }) => issuer === identity.issuer),
        );
        if (!hasPassword && others.length === 0) throw new AppError('last_sign_in');
        await identities.remove(userId, id, tx);
        const entry = { organizationId, principal: auditName(by), target: userId, correlationId };
        await audit.record({ ...entry, action: 'identity.unlink' }, tx);
      });
      deps.onRevoked(organizationId);
    },
  };
}
