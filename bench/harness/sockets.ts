import { once } from 'node:events';
import {
  LIVE_PATH,
  LiveServerMessageSchema,
  type LiveClientMessage,
  type LiveEvent,
} from '@spt-flow/shared/api/live';
import { API_PREFIX } from '@spt-flow/shared/api/common';
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
