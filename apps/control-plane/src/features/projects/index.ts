export { createProjectsRepository } from './projects-repository.ts';
export { registerProjectsRoutes } from './projects-routes.ts';
export {
  createProjectsService,
  type ProjectsService,
  type ProjectWorkspaces,
} from './projects-service.ts';
