export { registerCoderRoutes } from './coder-routes.ts';
export { createCoderService } from './coder-service.ts';
