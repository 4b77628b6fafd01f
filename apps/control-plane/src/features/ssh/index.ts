export { openSshAuthorities } from './authorities.ts';
export { registerSshRoutes } from './ssh-routes.ts';
export { createSsh } from './ssh.ts';
