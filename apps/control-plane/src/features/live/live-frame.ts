import type { LiveServerMessage } from '@spt-flow/shared/api/live';
import { encodeFrameHeader, OPCODE } from '@spt-flow/tunnel/websocket/frames';

/** encodeMessage makes a message the bytes that go to a client: once, however many receive it. */
export function encodeMessage(message: LiveServerMessage): Buffer {
  const text = Buffer.from(JSON.stringify(message));
  const header = encodeFrameHeader({ opcode: OPCODE.text, byteLength: text.byteLength });
  return Buffer.concat([header, text]);
}
