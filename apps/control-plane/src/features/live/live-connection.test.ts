import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { LiveConnection } from './live-connection.ts';

/** As much of a WebSocket as the connection uses. */
class StandIn extends EventEmitter {
  readonly OPEN = 1;
  readonly readyState = 1;
  isPaused = false;

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }
}

it('reads no more of a client that asks faster than it is answered, until it is', async () => {
  const socket = new StandIn();
  const answers: (() => void)[] = [];
  const principal = { organizationId: 'o' };
  new LiveConnection({
    socket: socket as unknown as WebSocket,
    wire: new PassThrough(),
    principal: principal as never,
    sourceFor: () => new Promise((resolve) => answers.push(() => resolve(undefined))),
    hiddenFrom: async () => new Set(),
    readerOf: () => async () => ({ messages: [], isLast: true }),
    onError: (error) => {
      throw error;
    },
  });
  const topic = `organization:${randomUUID()}`;
  const question = Buffer.from(JSON.stringify({ type: 'subscribe', topic, after: null }));

  for (let asked = 0; asked < 99; asked += 1) socket.emit('message', question, false);
  expect(socket.isPaused).toBe(false);
  socket.emit('message', question, false);
  expect(socket.isPaused).toBe(true);

  await expect.poll(() => answers.length).toBe(1);
  answers[0]?.();
  await expect.poll(() => socket.isPaused).toBe(false);
});
