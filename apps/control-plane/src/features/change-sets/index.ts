export { createGoBack, type GoBack } from './go-back.ts';
export { createChangeSetService } from './change-sets-service.ts';
export { createChangeSetsRepository } from './change-sets-repository.ts';
export { registerChangeSetsRoutes } from './change-sets-routes.ts';
