export { createGitCredentials } from './git-credentials.ts';
export { registerGitCredentialRoutes } from './git-credentials-routes.ts';
