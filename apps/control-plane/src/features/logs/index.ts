export type { LogOwner } from './append-lines-repository.ts';
export type { LogInput, LogLevel } from './log-line.ts';
export { createLogLiveSource } from './log-live-source.ts';
export { createLogsRepository } from './logs-repository.ts';
export { registerLogRoutes } from './logs-routes.ts';
export { createLogs, type Logs } from './logs-service.ts';
export { readLine } from './read-line.ts';
