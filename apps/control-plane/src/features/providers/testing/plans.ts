import type { ContainerPlan } from '../container-plan.ts';
import type { ServicePlan } from '../service-plan.ts';

/** PLAIN_CONTAINER asks for nothing. */
export const PLAIN_CONTAINER: ContainerPlan = {
  ...{ image: 'image', user: null, workspaceFolder: '/workspaces/app', environment: {} },
  ...{ mounts: [], capabilities: [], securityOptions: [], privileged: false, init: true },
  ...{ command: null, aliases: [], networkOf: null, dependsOn: [], services: [] },
};

/** PLAIN_SERVICE is a database that asks for nothing. */
export const PLAIN_SERVICE: ServicePlan = {
  ...{ name: 'db', image: 'image', user: null, entrypoint: null, command: null },
  ...{ workingDirectory: null, environment: {}, mounts: [], copies: [], aliases: [] },
  ...{ capabilities: [], securityOptions: [], privileged: false, isReadOnly: false, init: false },
  ...{ networkOf: null, dependsOn: [], healthcheck: null, restarts: false },
};
