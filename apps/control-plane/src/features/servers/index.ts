export { createAgentPrograms } from './agent-programs.ts';
export { createHostsService } from './hosts-service.ts';
export { registerInstallRoutes } from './install-routes.ts';
export { createServerJoinsRepository } from './server-joins-repository.ts';
export { createServerJoinsService } from './server-joins-service.ts';
export { registerServerRoutes } from './servers-routes.ts';
export { createServersService } from './servers-service.ts';
