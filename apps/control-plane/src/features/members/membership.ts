import type { Database } from '@spt-flow/db/client';
import { createInvitationsRepository } from './invitations-repository.ts';
import { createInvitationsService, type InvitationsDeps } from './invitations-service.ts';
import { createMembersRepository } from './members-repository.ts';
import { createMembersService } from './members-service.ts';

type Deps = Omit<InvitationsDeps, 'repository' | 'members'> & { readonly db: Database };

/** createMembership is who belongs to an organization, and how people come and go. */
export function createMembership({ db, ...deps }: Deps) {
  const repository = createMembersRepository(db);
  const invitations = createInvitationsRepository(db);
  const { audit, onRevoked } = deps;
  return {
    members: createMembersService({ repository, invitations, audit, onRevoked }),
    invitations: createInvitationsService({
      ...deps,
      repository: invitations,
      members: repository,
    }),
  };
}
