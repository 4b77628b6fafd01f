export { createCredentialCache } from './credential-cache.ts';
export { createAuthRepository } from './auth-repository.ts';
export { registerAuthRoutes } from './auth-routes.ts';
export { createAuthService, createCredentialCheck, type AuthService } from './auth-service.ts';
export { createTokenService } from './token-service.ts';
