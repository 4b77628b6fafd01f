import type { RawData } from 'ws';

/** messageBytes is what came in one message of a WebSocket, in whichever form its library has it. */
export function messageBytes(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? Buffer.from(data) : data;
}
