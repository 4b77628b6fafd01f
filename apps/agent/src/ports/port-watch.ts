import type { AgentEvent } from '@spt-flow/shared/agent-protocol/events';
import type { EventBuffer } from '../connection/event-buffer.ts';
import { messageOf } from '../system/errors.ts';
import type { PortTable } from './port-table.ts';

/** People see a port within a second. */
const INTERVAL_MS = 500;
/** More than any workspace needs; a program that opens thousands must not flood the connection. */
const MAX_PORTS = 500;

/** PortWatch tells which ports the workspace listens on. */
export interface PortWatch {
  /** Tells them at once and whenever they change, until the returned function is called. */
  follow(): () => void;
}

export function createPortWatch({
  table,
  events,
  log,
}: {
  readonly table: PortTable;
  readonly events: Pick<EventBuffer, 'emit' | 'isBlocked'>;
  log(text: string): void;
}): PortWatch {
  function snapshot(): AgentEvent {
    return {
      type: 'ports',
      isSupported: table.isSupported,
      ports: table.list().slice(0, MAX_PORTS),
    };
  }

  return {
    follow() {
      let told = '';
      let complaint = '';

      function tell(): void {
        // What waits in the buffer may be dropped; the state of a moment later is as good.
        if (events.isBlocked) return;
        const event = snapshot();
        const text = JSON.stringify(event);
        if (text === told) return;
        told = text;
        events.emit(event);
      }

      function tick(): void {
        try {
          tell();
          complaint = '';
        } catch (error) {
          if (messageOf(error) === complaint) return;
          complaint = messageOf(error);
          log(`Cannot see which ports are open: ${complaint}`);
        }
      }

      tick();
      const timer = setInterval(tick, INTERVAL_MS);
      return () => clearInterval(timer);
    },
  };
}
