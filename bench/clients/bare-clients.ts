import { HEARTBEAT_INTERVAL_MS } from '@spt-flow/shared/agent-protocol/events';
import type { Connection } from '@spt-flow/tunnel/connection';
import { dialNodeSocket } from '@spt-flow/tunnel/websocket/node-socket';
import { connectWebSocket } from '@spt-flow/tunnel/websocket/client';
import { backoffDelayMs } from '../../apps/agent/src/connection/backoff.ts';
import type { FleetOrder, FleetState } from '../harness/fleet-messages.ts';

type BareOrder = Extract<FleetOrder, { type: 'bare' }>;

const CONNECT_PATIENCE_MS = 5_000;
const CONNECTS_AT_ONCE = 12;
/** As an agent sends them: a heartbeat that nobody answers, and a ping that is answered in kind. */
const HEARTBEAT_BYTES = 168;
const PING_BYTES = 16;
const PING_INTERVAL_MS = 15_000;

/** runBareClients keeps connections to a server that does nothing but hold them. */
export function runBareClients(
  order: BareOrder,
  tell: (change: Partial<FleetState>) => void,
): void {
  let connected = 0;
  let started = 0;

  function startNext(): void {
    if (started === order.count) return;
    started += 1;
    let isFirst = true;
    void stayConnected(order.url, (change) => {
      tell({ connected: (connected += change) });
      if (isFirst) startNext();
      isFirst = false;
    });
  }

  for (let index = 0; index < CONNECTS_AT_ONCE; index++) startNext();
}

async function stayConnected(url: string, onChange: (change: 1 | -1) => void): Promise<void> {
  for (let failures = 0; ; failures += 1) {
    try {
      const connection = await connectWebSocket({
        dial: dialNodeSocket,
        url,
        protocol: 'bare',
        timeoutMs: CONNECT_PATIENCE_MS,
      });
      failures = 0;
      onChange(1);
      await talkUntilClosed(connection);
      onChange(-1);
    } catch {
      // The server is away; it is tried again below.
    }
    await new Promise((resolve) => setTimeout(resolve, backoffDelayMs(failures + 1, Math.random)));
  }
}

async function talkUntilClosed(connection: Connection): Promise<void> {
  const heartbeat = Buffer.alloc(HEARTBEAT_BYTES, 'x');
  const ping = Buffer.alloc(PING_BYTES, 'x');
  const timers = [
    setInterval(() => connection.send([heartbeat]), HEARTBEAT_INTERVAL_MS),
    setInterval(() => connection.send([ping]), PING_INTERVAL_MS),
  ];
  connection.onBytes(() => undefined);
  await new Promise<void>((resolve) => connection.onClose(() => resolve()));
  for (const timer of timers) clearInterval(timer);
}
