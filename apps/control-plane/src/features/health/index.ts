export { grafanaDashboards } from './grafana-dashboards.ts';
export { registerHealthRoutes } from './health-routes.ts';
export { createHealthService, type PartCheck } from './health-service.ts';
