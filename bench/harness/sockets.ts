import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import {
  LIVE_PATH,
  LiveServerMessageSchema,
  type LiveClientMessage,
  type LiveEvent,
} from '@spt-flow/shared/api/live';
import { API_PREFIX } from '@spt-flow/shared/api/common';
import { maskedFrameBytes, OPCODE, writeMaskedFrame } from '@spt-flow/tunnel/websocket/frames';
import { WebSocket, type RawData } from 'ws';
import type { Subject } from './subject.ts';

type EventHandler = (event: LiveEvent, receivedAtMs: number) => void;

export interface LiveSocket {
  /** Sets who is called with each event and the moment at which it arrived. */
  onEvent(handler: EventHandler): void;
  close(): void;
}

/** openLive subscribes as a browser does, and resolves once the server has confirmed. */
export async function openLive(subject: Subject, topic: string): Promise<LiveSocket> {
  const socket = await open(subject, LIVE_PATH);
  let handle: EventHandler = () => undefined;
  const subscribe: LiveClientMessage = { type: 'subscribe', topic, after: null };
  const subscribed = new Promise<void>((resolve) => {
    socket.on('message', (data: RawData) => {
      const receivedAtMs = Date.now();
      const message = LiveServerMessageSchema.parse(JSON.parse(bytesOf(data).toString('utf8')));
      if (message.type === 'subscribed') resolve();
      if (message.type === 'event') handle(message.event, receivedAtMs);
    });
  });
  socket.send(JSON.stringify(subscribe));
  await subscribed;
  return {
    onEvent: (handler) => {
      handle = handler;
    },
    close: () => socket.close(),
  };
}

/** openBareLive subscribes too, but looks at nothing that it receives: `onBytes` is called with each piece. */
export async function openBareLive(
  subject: Subject,
  topic: string,
  onBytes: () => void,
): Promise<Socket> {
  const url = new URL(LIVE_PATH, subject.product.origin);
  const asked = request(url, {
    agent: false,
    headers: {
      ...{ connection: 'Upgrade', upgrade: 'websocket' },
      ...{ 'sec-websocket-version': '13', 'sec-websocket-key': randomBytes(16).toString('base64') },
      authorization: `Bearer ${subject.token}`,
    },
  }).end();
  const socket = await new Promise<Socket>((resolve, reject) => {
    asked.once('upgrade', (_response, carrier: Socket) => resolve(carrier));
    asked.once('error', reject);
  });
  const subscribe: LiveClientMessage = { type: 'subscribe', topic, after: null };
  const text = Buffer.from(JSON.stringify(subscribe));
  const frame = Buffer.alloc(maskedFrameBytes(text.length));
  const content = { opcode: OPCODE.text, byteLength: text.length, parts: [text], mask: 1 };
  socket.write(writeMaskedFrame(frame, content));
  await once(socket, 'data');
  socket.on('data', onBytes);
  return socket;
}

/** runInTerminal resolves with the number of bytes that the command printed, once it has ended. */
export async function runInTerminal(
  subject: Subject,
  workspaceId: string,
  command: string,
): Promise<number> {
  const query = new URLSearchParams({ command });
  const socket = await open(
    subject,
    `${API_PREFIX}/workspaces/${workspaceId}/terminal?${query.toString()}`,
  );
  let bytes = 0;
  socket.on('message', (data: RawData, isBinary) => {
    if (isBinary) bytes += bytesOf(data).byteLength;
  });
  await once(socket, 'close');
  return bytes;
}

async function open({ product, token }: Subject, path: string): Promise<WebSocket> {
  const socket = new WebSocket(product.origin.replace('http', 'ws') + path, {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
  });
  await once(socket, 'open');
  return socket;
}

/** Messages come as one Buffer unless another form is asked for. */
function bytesOf(data: RawData): Buffer {
  if (!Buffer.isBuffer(data)) throw new Error('The socket was told to use another form');
  return data;
}
