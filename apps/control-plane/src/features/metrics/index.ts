export { registerFleetMetrics } from './fleet-metrics.ts';
export { createFleetRepository } from './fleet-repository.ts';
