import {
  LiveClientMessageSchema,
  LiveServerMessageSchema,
  type LiveEvent,
} from '@spt-flow/shared/api/live';
import type { WebSocket } from 'ws';
import type { TestServer } from './test-server.ts';

export interface Subscription {
  readonly topic: string;
  readonly after: number | null;
}

export interface LiveStage {
  readonly subscriptions: Subscription[];
  emit(topic: string, event: LiveEvent): void;
  reset(topic: string): void;
  /** Sends a text as it is. */
  say(text: string): void;
  /** Breaks every connection without a word. */
  breakConnections(): void;
}

/** createLiveStage keeps events per topic as the server does: cursors, replay after one, reset. */
export function createLiveStage(
  server: TestServer,
  onSubscribe: (subscription: Subscription) => void = () => undefined,
): LiveStage {
  const stored = new Map<string, LiveEvent[]>();
  const connections = new Map<WebSocket, Set<string>>();
  const subscriptions: Subscription[] = [];

  server.onLive((socket) => {
    const topics = new Set<string>();
    connections.set(socket, topics);
    socket.on('close', () => connections.delete(socket));
    socket.on('message', (data: Buffer) => {
      const message = LiveClientMessageSchema.parse(JSON.parse(data.toString()));
      if (message.type !== 'subscribe') return;
      const { topic, after } = message;
      const events = stored.get(topic) ?? [];
      subscriptions.push({ topic, after });
      topics.add(topic);
      send(socket, { type: 'subscribed', topic, cursor: events.length });
      if (after !== null)
        events.forEach(
          (event, index) => index >= after && tell(socket, topic, { cursor: index + 1, event }),
        );
      onSubscribe({ topic, after });
    });
  });

  function emit(topic: string, event: LiveEvent): void {
    const events = [...(stored.get(topic) ?? []), event];
    stored.set(topic, events);
    for (const [socket, topics] of connections) {
      if (topics.has(topic)) tell(socket, topic, { cursor: events.length, event });
    }
  }

  function tell(
    socket: WebSocket,
    topic: string,
    { cursor, event }: { cursor: number; event: LiveEvent },
  ): void {
    send(socket, { type: 'event', topic, cursor, at: '2026-01-02T03:04:05.000Z', event });
  }

  return {
    subscriptions,
    emit,
    reset: (topic) => {
      for (const socket of connections.keys()) send(socket, { type: 'reset', topic });
    },
    say: (text) => {
      for (const socket of connections.keys()) socket.send(text);
    },
    breakConnections: () => {
      for (const socket of connections.keys()) socket.terminate();
      connections.clear();
    },
  };
}

function send(socket: WebSocket, message: unknown): void {
  socket.send(JSON.stringify(LiveServerMessageSchema.parse(message)));
}
