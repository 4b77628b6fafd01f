export type { LogInput, LogLevel } from './log-line.ts';
export { createLogLiveSource } from './log-live-source.ts';
export { createLogsRepository, KEEP_LOG_LINES, type LogOwner } from './logs-repository.ts';
export { registerLogRoutes } from './logs-routes.ts';
export { createLogs, logTopic, type Logs } from './logs-service.ts';
