export {
  createEventLog,
  LIVE_CHANNEL,
  type EventLog,
  type LiveRow,
  type LiveSource,
} from './event-log.ts';
export { createLiveHub, type LiveHub } from './live-hub.ts';
