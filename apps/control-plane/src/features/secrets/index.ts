export { createSecrets, type Secrets } from './secrets.ts';
export { registerSecretRoutes } from './secrets-routes.ts';
export { SECRETS_CHANNEL } from './secrets-repository.ts';
export type { AskVault } from './vault/vault-session.ts';
export { VaultProblem } from './vault/vault-problem.ts';
