export { createBelongingsRepository } from './belongings-repository.ts';
export { createHandOver } from './hand-over.ts';
export {
  createInvitationsRepository,
  type InvitationsRepository,
} from './invitations-repository.ts';
export { createMembersRepository, type MembersRepository } from './members-repository.ts';
export { registerMemberRoutes } from './members-routes.ts';
export { createMembership } from './membership.ts';
