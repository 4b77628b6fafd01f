export { createFollowGroups, namesOf, type FollowGroups } from './follow-groups.ts';
export { createGroupsRepository } from './groups-repository.ts';
export { registerGroupRoutes } from './groups-routes.ts';
export { createGroupsService } from './groups-service.ts';
