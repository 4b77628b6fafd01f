export { createProjectsRepository } from './projects-repository.ts';
export { createProjectPreview } from './project-preview.ts';
export { registerProjectPreviewRoutes, registerProjectsRoutes } from './projects-routes.ts';
export type { ProjectWorkspaces } from './project-workspaces.ts';
export { createProjectsService, type ProjectsService } from './projects-service.ts';
