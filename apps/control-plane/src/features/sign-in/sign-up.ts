import type { SignInConfig } from '@spt-flow/config/sign-in';
import type { Me } from '@spt-flow/shared/api/auth';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Audit } from '../../lib/audit.ts';
import { isRowsFault } from '../../lib/database-error.ts';
import { hashPassword, type AuthRepository, type AuthService } from '../auth/index.ts';
import type { IdentitiesRepository } from './identities-repository.ts';

export interface SignUp {
  readonly isOpen: boolean;
  /** AppError `passwords_off`, `signup_closed` or `email_taken`. */
  signUp(
    person: { email: string; name: string; password: string },
    correlationId: string,
  ): Promise<{ token: string; me: Me }>;
}

/** createSignUp lets people make an account with a password, where everybody may. */
export function createSignUp(deps: {
  readonly settings: Pick<SignInConfig, 'passwords' | 'signUp'>;
  readonly identities: IdentitiesRepository;
  readonly accounts: Pick<AuthRepository, 'createUser' | 'addMember'>;
  readonly auth: Pick<AuthService, 'signIn'>;
  readonly audit: Audit;
}): SignUp {
  const { settings, identities, accounts } = deps;
  // Nothing is mailed, so an address that is typed in proves no domain.
  const isOpen = settings.signUp.who === 'everybody' && settings.signUp.domains === null;
  return {
    isOpen: isOpen && settings.passwords,
    async signUp({ email, name, password }, correlationId) {
      if (!settings.passwords) throw new AppError('passwords_off');
      if (!isOpen) throw new AppError('signup_closed');
      const passwordHash = await hashPassword(password);
      const who = await identities.transaction(async (tx) => {
        const organizationId = await identities.firstOrganization(tx);
        // Before there is a first admin nobody else comes.
        if (organizationId === undefined) throw new AppError('signup_closed');
        const userId = await accounts
          .createUser({ email, name, passwordHash }, tx)
          .catch((error: unknown) => {
            throw isRowsFault(error) ? new AppError('email_taken') : error;
          });
        const { role } = settings.signUp;
        await accounts.addMember({ organizationId, userId, role }, tx);
        const principal = `user:${userId}`;
        const entry = { organizationId, principal, target: userId, correlationId };
        await deps.audit.record({ ...entry, action: 'member.join' }, tx);
        return { userId, organizationId };
      });
      return deps.auth.signIn(who);
    },
  };
}
