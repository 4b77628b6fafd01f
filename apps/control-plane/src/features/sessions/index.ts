export type { LiveSession } from './live-session.ts';
export { registerSessionRoutes } from './sessions-routes.ts';
export { createSessions, type OpenSessions, type Sessions } from './sessions.ts';
