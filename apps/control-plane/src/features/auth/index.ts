export { createCredentialCache } from './credential-cache.ts';
export { createPreviewSessionsRepository } from './preview-sessions-repository.ts';
export { createAuthRepository } from './auth-repository.ts';
export { registerAuthRoutes } from './auth-routes.ts';
export {
  challengeOf,
  createPreviewSessions,
  newSecret,
  type PreviewSessions,
} from './preview-sessions.ts';
export { createAuthService, createCredentialCheck, type AuthService } from './auth-service.ts';
export { createTokenService } from './token-service.ts';
