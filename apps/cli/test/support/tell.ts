import {
  TerminalServerMessageSchema,
  type TerminalServerMessage,
} from '@spt-flow/shared/api/terminals';
import type { WebSocket } from 'ws';

/** tell sends a message of the contract; a message that is not one fails the test. */
export function tell(socket: WebSocket, message: TerminalServerMessage): void {
  if (socket.readyState === socket.OPEN) {
    socket.send(JSON.stringify(TerminalServerMessageSchema.parse(message)));
  }
}
