export { createDomains, type Domains } from './domains.ts';
export { registerDomainRoutes } from './domains-routes.ts';
