export { createCredentialCache } from './credential-cache.ts';
export { createPreviewSessionsRepository } from './preview-sessions-repository.ts';
export { createAuthRepository, type AuthRepository } from './auth-repository.ts';
export { createSessionCookie, registerAuthRoutes, type SessionCookie } from './auth-routes.ts';
export { hashPassword, verifyPassword } from './passwords.ts';
export {
  challengeOf,
  createPreviewSessions,
  newSecret,
  type PreviewSessions,
} from './preview-sessions.ts';
export { createAuthService, createCredentialCheck, type AuthService } from './auth-service.ts';
export { assertWhole, createTokenService } from './token-service.ts';
