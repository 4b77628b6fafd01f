import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, type RawData } from 'ws';
import {
  LiveServerMessageSchema,
  type LiveClientMessage,
  type LiveServerMessage,
} from '@spt-flow/shared/api/live';
import { liveEvents, organizations } from '@spt-flow/db/schema';
import { sql } from 'drizzle-orm';
import { createEventLog, createLiveHub, LIVE_CHANNEL } from '../../src/features/live/index.ts';
import type { WatchedConnection } from '../../src/lib/access-watch.ts';
import { authenticateRequest } from '../../src/plugins/authentication.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createAuthApp, OWN_ORIGIN } from '../support/auth-app.ts';
import { TEST_SERVERS } from '@spt-flow/db/testing/test-cluster';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { portOf } from '../support/ports.ts';
import { seedTenant, seedWorkspace } from '../workspaces/seed.ts';

function delta(text: string) {
  return { type: 'message.delta' as const, messageId: randomUUID(), text };
}

function textOf(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString() : '';
}

class Client {
  readonly #socket: WebSocket;
  readonly #received: LiveServerMessage[] = [];
  #wake: () => void = () => undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      this.#received.push(LiveServerMessageSchema.parse(JSON.parse(textOf(data))));
      this.#wake();
    });
  }

  send(message: LiveClientMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  async next(): Promise<LiveServerMessage> {
    for (;;) {
      const message = this.#received.shift();
      if (message) return message;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async take(count: number): Promise<LiveServerMessage[]> {
    const messages: LiveServerMessage[] = [];
    while (messages.length < count) messages.push(await this.next());
    return messages;
  }
}

function texts(messages: readonly LiveServerMessage[]): string[] {
  return messages.flatMap((message) =>
    message.type === 'event' && message.event.type === 'message.delta' ? [message.event.text] : [],
  );
}

describe.each(TEST_SERVERS)('live events on the %s server', (kind) => {
  const newDatabase = useDatabases(kind);
  const sockets: WebSocket[] = [];
  let watched: WatchedConnection[];
  let app: FastifyInstance;
  let hub: ReturnType<typeof createLiveHub>;
  let log: ReturnType<typeof createEventLog>;
  let url: string;
  let cookie: string;
  let topic: string;
  let hidden: ReadonlySet<string>;
  let database: TestDatabase;

  beforeEach(async () => {
    watched = [];
    hidden = new Set();
    database = await newDatabase();
    log = createEventLog(database.db);
    const shell = await createAuthApp(database.db, systemClock);
    app = shell.app;
    hub = createLiveHub({
      upgradeRouter: shell.upgradeRouter,
      authenticate: (request) => authenticateRequest(request, shell.authentication),
      watch: (connection) => {
        watched.push(connection);
        return () => undefined;
      },
      hiddenFrom: async () => hidden,
      sourceFor: async (principal, wanted) =>
        wanted === `organization:${principal.organizationId}` ? log : undefined,
      onError: (error) => {
        throw error;
      },
    });
    await database.listen(LIVE_CHANNEL, hub.wake, hub.wakeAll);
    await app.listen({ port: 0, host: '127.0.0.1' });
    url = `ws://127.0.0.1:${await portOf(app.server)}/api/v1/live`;
    const token = await shell.auth.prepareSetup();
    const payload = {
      token,
      email: 'a@example.com',
      name: 'Ada',
      password: 'correct horse battery',
    };
    const response = await app.inject({ method: 'POST', url: '/api/v1/setup', payload });
    cookie = `spt_flow_session=${response.cookies[0]?.value}`;
    topic = `organization:${response.json().data.organization.id}`;
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.terminate();
    await app.close();
  });

  async function connect(): Promise<Client> {
    const socket = new WebSocket(url, { headers: { cookie, origin: OWN_ORIGIN } });
    sockets.push(socket);
    const client = new Client(socket);
    await once(socket, 'open');
    return client;
  }

  it('reach a subscriber in order, from now on', async () => {
    await log.append(topic, delta('before'));
    const client = await connect();
    client.send({ type: 'subscribe', topic, after: null });
    const subscribed = await client.next();

    await log.append(topic, delta('one'));
    await log.append(topic, delta('two'));

    expect(subscribed).toEqual({ type: 'subscribed', topic, cursor: 1 });
    expect(texts(await client.take(2))).toEqual(['one', 'two']);
  });

  it('continue after the cursor of an earlier connection, with nothing missed or repeated', async () => {
    for (const text of ['a', 'b', 'c', 'd']) await log.append(topic, delta(text));
    const client = await connect();

    client.send({ type: 'subscribe', topic, after: 2 });
    const messages = await client.take(3);
    await log.append(topic, delta('e'));

    expect(texts([...messages, await client.next()])).toEqual(['c', 'd', 'e']);
  });

  it('arrive complete and in order when many write at once', async () => {
    const client = await connect();
    client.send({ type: 'subscribe', topic, after: 0 });
    await client.next();

    await Promise.all(
      Array.from({ length: 300 }, (_, index) => log.append(topic, delta(String(index)))),
    );
    const events = await client.take(300);

    const cursors = events.map((message) => (message.type === 'event' ? message.cursor : -1));
    expect(cursors).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    expect(new Set(texts(events)).size).toBe(300);
  });

  it('arrive whole at a client that stops reading for a while, whatever their size', async () => {
    const client = await connect();
    client.send({ type: 'subscribe', topic, after: 0 });
    await client.next();
    const [socket] = sockets.slice(-1);
    socket?.pause();

    const sizes = [1, 120, 5_000, ...Array.from({ length: 60 }, () => 70_000)];
    for (const size of sizes) await log.append(topic, delta('x'.repeat(size)));
    socket?.ping();
    socket?.resume();
    const events = await client.take(sizes.length);

    expect(texts(events).map(({ length }) => length)).toEqual(sizes);
  });

  it('of several organizations that write at once keep to their topics, each in its order', async () => {
    const topics = [topic, ...[1, 2, 3].map(() => `organization:${randomUUID()}`)];
    const written = Array.from({ length: 40 }, (_, index) =>
      topics.map((name) => log.append(name, delta(`${index} of ${name}`))),
    );
    const cursors = await Promise.all(written.map((round) => Promise.all(round)));

    expect(cursors).toEqual(cursors.map((_round, index) => topics.map(() => index + 1)));
    for (const name of topics) {
      const events = await log.read(name, 0, 100);
      expect(events.map(({ event }) => event['text'])).toEqual(
        Array.from({ length: 40 }, (_, index) => `${index} of ${name}`),
      );
    }
  });

  it('of a transaction that was rolled back are never seen', async () => {
    const client = await connect();
    client.send({ type: 'subscribe', topic, after: 0 });
    await client.next();

    await database.db
      .transaction(async (tx) => {
        await log.append(topic, delta('undone'), tx);
        throw new Error('roll back');
      })
      .catch(() => undefined);
    await log.append(topic, delta('kept'));

    expect(texts([await client.next()])).toEqual(['kept']);
  });

  it('are stored with the change that they tell of, in one statement, or not at all', async () => {
    const entries = [{ topic, event: delta('renamed') }];
    const before = await log.cursor(topic);

    await log.appendWith(sql`update organizations set name = 'Renamed'`, entries);
    await expect(
      log.appendWith(sql`update organizations set name = null`, entries),
    ).rejects.toThrow();

    const [row] = await database.db.select().from(organizations);
    expect(row?.name).toBe('Renamed');
    expect(await log.cursor(topic)).toBe(before + 1);
    expect(await log.read(topic, before, 10)).toHaveLength(1);
  });

  it('tell a client to load again when its cursor is older than what is kept', async () => {
    for (const text of ['a', 'b', 'c']) await log.append(topic, delta(text));
    await database.db.delete(liveEvents);
    const client = await connect();

    client.send({ type: 'subscribe', topic, after: 1 });

    expect(await client.next()).toEqual({ type: 'reset', topic });
  });

  it('tell a client to load again when its cursor is ahead of a restored database', async () => {
    const client = await connect();

    client.send({ type: 'subscribe', topic, after: 99 });

    expect(await client.next()).toEqual({ type: 'reset', topic });
  });

  it('of another organization are refused like unknown ones', async () => {
    const client = await connect();
    const other = `organization:${randomUUID()}`;

    client.send({ type: 'subscribe', topic: other, after: null });

    expect(await client.next()).toEqual({ type: 'refused', topic: other, code: 'not_found' });
  });

  it('end after unsubscribing', async () => {
    const client = await connect();
    client.send({ type: 'subscribe', topic, after: 0 });
    await client.next();

    client.send({ type: 'unsubscribe', topic });
    client.send({ type: 'ping' });
    await client.next();
    await log.append(topic, delta('unseen'));
    client.send({ type: 'ping' });

    expect(await client.next()).toEqual({ type: 'pong' });
  });

  it.each([['not json'], ['{"type":"unknown"}'], ['{"type":"subscribe","topic":"x"}']])(
    'close a connection that sends %s',
    async (text) => {
      const socket = new WebSocket(url, { headers: { cookie, origin: OWN_ORIGIN } });
      sockets.push(socket);
      await once(socket, 'open');

      socket.send(text);
      const [code] = await once(socket, 'close');

      expect(code).toBe(1003);
    },
  );

  it.each([
    ['without a cookie', { origin: OWN_ORIGIN }, '401'],
    ['of another site', { origin: 'https://evil.example', cookie: 'own' }, '403'],
  ])('refuse a connection %s', async (_case, headers, status) => {
    const socket = new WebSocket(url, {
      headers: { ...headers, ...('cookie' in headers && { cookie }) },
    });
    sockets.push(socket);

    const [error] = await once(socket, 'error');

    expect(String(error)).toContain(status);
  });

  it('are told of no project that is hidden, and lists are loaded again when that changes', async () => {
    const shop = await seedWorkspace(database.db, await seedTenant(database.db));
    const ofProject = { type: 'project.deleted', projectId: shop.projectId } as const;
    const ports = { isSupported: true, items: [] };
    const ofWorkspace = { type: 'ports.changed', workspaceId: shop.id, ports } as const;
    hidden = new Set([shop.projectId]);
    const client = await connect();
    client.send({ type: 'subscribe', topic, after: 0 });
    await client.next();
    for (const event of [ofProject, ofWorkspace, delta('seen')]) await log.append(topic, event);
    expect(texts([await client.next()])).toEqual(['seen']);

    hidden = new Set();
    expect(await watched[0]?.isAllowed()).toBe(true);
    expect(await client.next()).toEqual({ type: 'reset', topic });

    client.send({ type: 'subscribe', topic, after: 0 });
    expect((await client.take(4)).map(({ type }) => type)).toEqual([
      ...['subscribed', 'event', 'event', 'event'],
    ]);
  });

  it('end when who follows them is signed out', async () => {
    await connect();
    const [connection] = watched;
    expect(await connection?.isAllowed()).toBe(true);
    const closed = once(sockets[0] ?? app.server, 'close');

    await app.inject({
      method: 'POST',
      url: '/api/v1/auth/logout',
      headers: { cookie, origin: OWN_ORIGIN, host: 'localhost:8080' },
    });
    expect(await connection?.isAllowed()).toBe(false);
    connection?.end();

    expect((await closed)[0]).toBe(1008);
  });
});
