import type { Transport } from './types.ts';
import type { WebSocketConnection } from './websocket-connection.ts';

/** Carries a tunnel in the binary messages of the agent's own WebSocket. */
export function createWebSocketTransport(connection: WebSocketConnection): Transport {
  return {
    send: (parts) => connection.sendBinary(parts),
    onMessage: (handler) => connection.onBinary(handler),
    onDrain: (handler) => connection.onDrain(handler),
    onClose: (handler) => connection.onClose(handler),
    close: (reason) => connection.close(reason),
  };
}
