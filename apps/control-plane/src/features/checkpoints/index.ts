export { createCheckpointsRepository } from './checkpoints-repository.ts';
export { registerCheckpointRoutes } from './checkpoints-routes.ts';
export { createCheckpointsService } from './checkpoints-service.ts';
export { createMessageVersions } from './message-versions.ts';
