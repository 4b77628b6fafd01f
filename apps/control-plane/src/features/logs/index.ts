export type { LogInput, LogLevel } from './log-line.ts';
export { createLogLiveSource } from './log-live-source.ts';
export { createLogsRepository, type LogOwner } from './logs-repository.ts';
export { registerLogRoutes } from './logs-routes.ts';
export { createLogs, type Logs } from './logs-service.ts';
