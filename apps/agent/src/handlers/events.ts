import {
  HEARTBEAT_INTERVAL_MS,
  LogsStoredSchema,
  type AgentEvent,
  type EventsStarted,
} from '@spt-flow/shared/agent-protocol/events';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import type { EventBuffer } from '../connection/event-buffer.ts';
import type { PortWatch } from '../ports/port-watch.ts';
import { createLogSplitter } from '../processes/log-splitter.ts';
import type { Supervisor } from '../processes/supervisor.ts';
import { messageOf } from '../system/errors.ts';
import type { Handler } from './handler.ts';

/** Looking at the machine takes longer than what is asked for right after a connection was made, such as a start. */
const FIRST_LOOK_MS = 500;

export interface EventsDeps {
  readonly events: EventBuffer;
  readonly supervisor: Pick<Supervisor, 'report'>;
  readonly ports: PortWatch;
  /** Tells what became of a change set that was interrupted, and of a new version. */
  reportPast(): Promise<void>;
  heartbeat(): AgentEvent;
}

/** Streams the agent's events; a newer listener replaces the older one. */
export function createEventsHandler(deps: EventsDeps): Handler<'events'> {
  let current: TunnelStream | undefined;

  return async ({ head, stream, accept }) => {
    current?.end();
    current = stream;
    const spool = deps.events.attach((bytes) => stream.write(bytes), head.stored);
    accept({ spool } satisfies EventsStarted);
    readStored(stream, deps.events);
    stream.on('drain', () => {
      if (current === stream) deps.events.pump();
    });
    const beat = () => deps.events.emit(deps.heartbeat());
    let stopFollowing = (): void => undefined;
    const first = setTimeout(() => {
      beat();
      stopFollowing = deps.ports.follow();
    }, FIRST_LOOK_MS);
    const timer = setInterval(beat, HEARTBEAT_INTERVAL_MS);
    stream.once('finish', leave);
    stream.once('close', leave);
    deps.supervisor.report();
    await deps.reportPast();

    function leave(): void {
      clearTimeout(first);
      clearInterval(timer);
      stopFollowing();
      if (current !== stream) return;
      current = undefined;
      deps.events.detach();
    }
  };
}

function readStored(stream: TunnelStream, events: Pick<EventBuffer, 'acknowledge'>): void {
  const lines = createLogSplitter((line) =>
    events.acknowledge(LogsStoredSchema.parse(JSON.parse(line)).stored),
  );
  stream.on('data', (chunk: Buffer) => {
    try {
      lines.push(chunk);
    } catch (error) {
      stream.reset('bad_request', messageOf(error).slice(0, 200));
    }
  });
}
