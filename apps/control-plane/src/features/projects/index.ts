export { createProjectsRepository } from './projects-repository.ts';
export { createProjectPreview } from './project-preview.ts';
export { registerProjectPreviewRoutes, registerProjectsRoutes } from './projects-routes.ts';
export {
  createProjectsService,
  type ProjectsService,
  type ProjectWorkspaces,
} from './projects-service.ts';
