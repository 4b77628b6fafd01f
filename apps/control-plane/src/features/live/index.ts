export type { EventLog, LiveSource } from './event-log.ts';
export { createEventLog, LIVE_CHANNEL, wakeReplicas } from './event-log-repository.ts';
export { createLiveHub } from './live-hub.ts';
