export { createAuditLog } from './audit.ts';
export { registerAuditRoutes } from './audit-routes.ts';
