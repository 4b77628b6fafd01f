export { openSshAuthorities } from './authorities.ts';
export { createEmbeddedCertificates } from './embedded-certificates.ts';
export type { SshCertificates } from './ssh-certificates.ts';
export { registerSshRoutes } from './ssh-routes.ts';
export { createSsh } from './ssh.ts';
export { createVaultCertificates } from './vault-certificates.ts';
