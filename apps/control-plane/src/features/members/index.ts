export { registerMemberRoutes } from './members-routes.ts';
export { createMembership } from './membership.ts';
