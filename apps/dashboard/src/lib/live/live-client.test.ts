import type { LiveEvent } from '@spt-flow/shared/api/live';
import { afterEach, describe, expect, it, vi } from 'vitest';
import WebSocketClient from 'ws';
import { idOf } from '../../../test/fixtures.ts';
import { startLiveServer, type LiveServer } from '../../../test/live-server.ts';
import { createLiveClient, type LiveClient, type LiveFollower } from './live-client.ts';

const TOPIC = `project:${idOf(10)}`;
const servers: LiveServer[] = [];
const clients: LiveClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.stop();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(
  onMessage?: (message: unknown, server: LiveServer) => void,
): Promise<LiveServer> {
  const server = await startLiveServer(onMessage);
  servers.push(server);
  return server;
}

function connect(url: () => string): LiveClient {
  const client = createLiveClient({
    url,
    createSocket: (address) => {
      const socket = new WebSocketClient(address);
      // Unlike a browser's socket this one throws when nobody listens to its errors.
      socket.on('error', () => undefined);
      return socket as unknown as WebSocket;
    },
    random: () => 0,
  });
  clients.push(client);
  client.start();
  return client;
}

function recorder() {
  const texts: string[] = [];
  const follower: LiveFollower = {
    onEvent: (event) => texts.push(event.type === 'message.delta' ? event.text : event.type),
    onReset: vi.fn(),
    onSubscribed: vi.fn(),
    onRefused: vi.fn(),
  };
  return { texts, follower };
}

function eventMessage(cursor: number, text: string) {
  const event: LiveEvent = { type: 'message.delta', messageId: idOf(101), text };
  return { type: 'event', topic: TOPIC, cursor, at: '2026-01-02T03:04:05.000Z', event };
}

function isSubscribe(
  message: unknown,
): message is { type: 'subscribe'; topic: string; after: number | null } {
  return (
    typeof message === 'object' &&
    message !== null &&
    'type' in message &&
    message.type === 'subscribe'
  );
}

describe('live client', () => {
  it('subscribes after the given cursor and delivers events in order', async () => {
    const server = await serve((message, self) => {
      if (!isSubscribe(message)) return;
      self.send({ type: 'subscribed', topic: TOPIC, cursor: 5 });
      self.send(eventMessage(6, 'a'));
      self.send(eventMessage(7, 'b'));
    });
    const client = connect(() => server.url);
    const { texts, follower } = recorder();

    client.follow(TOPIC, 5, follower);

    await vi.waitFor(() => expect(texts).toEqual(['a', 'b']));
    expect(server.received[0]).toEqual({ type: 'subscribe', topic: TOPIC, after: 5 });
    expect(follower.onSubscribed).toHaveBeenCalledOnce();
  });

  it('subscribes again after the last delivered cursor when the connection was lost', async () => {
    const server = await serve();
    const client = connect(() => server.url);
    const { texts, follower } = recorder();
    client.follow(TOPIC, 5, follower);
    await vi.waitFor(() => expect(server.received).toHaveLength(1));
    server.send(eventMessage(6, 'a'));
    await vi.waitFor(() => expect(texts).toEqual(['a']));

    server.dropAll();
    await vi.waitFor(() => expect(server.received).toHaveLength(2), 5000);
    server.send(eventMessage(6, 'a'));
    server.send(eventMessage(7, 'b'));

    expect(server.received[1]).toEqual({ type: 'subscribe', topic: TOPIC, after: 6 });
    await vi.waitFor(() => expect(texts).toEqual(['a', 'b']));
  });

  it('resubscribes a topic without start from the cursor that the server named', async () => {
    const server = await serve((message, self) => {
      if (isSubscribe(message)) self.send({ type: 'subscribed', topic: TOPIC, cursor: 41 });
    });
    const client = connect(() => server.url);
    const { follower } = recorder();
    client.follow(TOPIC, null, follower);
    await vi.waitFor(() => expect(follower.onSubscribed).toHaveBeenCalledOnce());

    server.dropAll();
    await vi.waitFor(() => expect(server.received).toHaveLength(2), 5000);

    expect(server.received).toEqual([
      { type: 'subscribe', topic: TOPIC, after: null },
      { type: 'subscribe', topic: TOPIC, after: 41 },
    ]);
    expect(follower.onSubscribed).toHaveBeenCalledOnce();
  });

  it('reports the states of the connection', async () => {
    const server = await serve();
    const client = connect(() => server.url);
    const states: string[] = [client.status()];
    client.onStatus((status) => states.push(status));

    await vi.waitFor(() => expect(states.at(-1)).toBe('online'));
    server.dropAll();
    await vi.waitFor(
      () => expect(states.filter((state) => state === 'online')).toHaveLength(2),
      5000,
    );

    expect(states).toEqual(['connecting', 'online', 'waiting', 'connecting', 'online']);
  });

  it('keeps trying while nobody listens and connects once somebody does', async () => {
    const closed = await startLiveServer();
    await closed.close();
    let url = closed.url;
    const client = connect(() => url);
    const failures: number[] = [];
    client.onStatus((status, count) => {
      if (status === 'waiting') failures.push(count);
    });
    await vi.waitFor(() => expect(failures.length).toBeGreaterThan(1), 5000);

    const server = await serve();
    url = server.url;

    await vi.waitFor(() => expect(client.status()).toBe('online'), 5000);
    expect(failures.slice(0, 2)).toEqual([1, 2]);
  });

  it('hands a reset to the follower and forgets the topic', async () => {
    const server = await serve((message, self) => {
      if (isSubscribe(message)) self.send({ type: 'reset', topic: TOPIC });
    });
    const client = connect(() => server.url);
    const { texts, follower } = recorder();
    client.follow(TOPIC, 3, follower);

    await vi.waitFor(() => expect(follower.onReset).toHaveBeenCalledOnce());
    server.send(eventMessage(9, 'late'));
    client.follow(TOPIC, 9, follower);
    await vi.waitFor(() => expect(server.received).toHaveLength(2));

    expect(texts).toEqual([]);
  });

  it('hands a refusal to the follower', async () => {
    const server = await serve((message, self) => {
      if (isSubscribe(message)) self.send({ type: 'refused', topic: TOPIC, code: 'not_found' });
    });
    const client = connect(() => server.url);
    const { follower } = recorder();

    client.follow(TOPIC, null, follower);

    await vi.waitFor(() => expect(follower.onRefused).toHaveBeenCalledWith('not_found'));
  });

  it('leaves out messages that it does not understand', async () => {
    const server = await serve();
    const client = connect(() => server.url);
    const { texts, follower } = recorder();
    client.follow(TOPIC, 0, follower);
    await vi.waitFor(() => expect(server.received).toHaveLength(1));

    server.sockets[0]?.send('{broken');
    server.send({ type: 'something-of-tomorrow' });
    server.send(eventMessage(1, 'a'));

    await vi.waitFor(() => expect(texts).toEqual(['a']));
  });

  it('stops delivering to a follower that has left', async () => {
    const server = await serve();
    const client = connect(() => server.url);
    const { texts, follower } = recorder();
    const unfollow = client.follow(TOPIC, 0, follower);
    await vi.waitFor(() => expect(server.received).toHaveLength(1));

    unfollow();
    server.send(eventMessage(1, 'a'));

    await vi.waitFor(() =>
      expect(server.received).toContainEqual({ type: 'unsubscribe', topic: TOPIC }),
    );
    expect(texts).toEqual([]);
  });

  it('does not let an earlier follower end the subscription of its successor', async () => {
    const server = await serve();
    const client = connect(() => server.url);
    const first = recorder();
    const second = recorder();
    const unfollowFirst = client.follow(TOPIC, 0, first.follower);
    client.follow(TOPIC, 0, second.follower);

    unfollowFirst();
    await vi.waitFor(() => expect(server.received).toHaveLength(1));
    server.send(eventMessage(1, 'a'));

    await vi.waitFor(() => expect(second.texts).toEqual(['a']));
    expect(first.texts).toEqual([]);
  });
});
