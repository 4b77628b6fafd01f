export { createDotfilesRepository } from './dotfiles-repository.ts';
export { registerDotfilesRoutes } from './dotfiles-routes.ts';
export { createDotfilesService } from './dotfiles-service.ts';
