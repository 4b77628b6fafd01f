export {
  createChangeSetService,
  type ApplyInput,
  type ChangeSetService,
} from './change-sets-service.ts';
export { createChangeSetsRepository } from './change-sets-repository.ts';
export { registerChangeSetsRoutes } from './change-sets-routes.ts';
