export { createProjectAccess, type ProjectAccess } from './project-access.ts';
export { createProjectAccessRepository } from './project-access-repository.ts';
export { registerProjectAccessRoutes } from './project-access-routes.ts';
export { createProjectAccessService } from './project-access-service.ts';
export { gateSockets, projectGate } from './project-gate.ts';
export { visibleTo, type Viewer } from './visible-repository.ts';
