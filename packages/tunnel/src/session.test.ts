import { text } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import {
  closePair,
  createPair,
  frame,
  framesOf,
  openStream,
  usePair,
} from '../test/support/memory-pair.ts';
import { createMemoryEnd, exchange, settle } from '../test/support/memory-transport.ts';
import { FRAME } from './frame-codec.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { INITIAL_WINDOW_BYTES } from './receive-window.ts';
import { createTunnel } from './session.ts';
import { WindowBudget } from './window-budget.ts';

function typesOf(messages: readonly Uint8Array[]): number[] {
  const types: number[] = [];
  const decoder = new FrameDecoder(({ type }) => types.push(type));
  for (const message of messages) decoder.feed(message);
  return types;
}

const pair = usePair();

describe('the tunnel', () => {
  it('serves 1000 streams at once', async () => {
    const openers = Array.from({ length: 1_000 }, (_, index) => pair.client.open({ index }));
    await exchange(pair.left, pair.right);
    expect(pair.server.streamCount).toBe(1_000);
    for (const acceptor of pair.accepted) {
      acceptor.respond({});
      acceptor.pipe(acceptor);
    }
    openers.forEach((opener, index) => opener.end(`stream ${index}`));
    await exchange(pair.left, pair.right);

    const echoed = await Promise.all(openers.map((opener) => text(opener)));
    expect(echoed).toEqual(openers.map((_, index) => `stream ${index}`));
    expect(pair.server.streamCount).toBe(0);
  });

  it('refuses streams above its limit on both sides', async () => {
    const limited = createPair({ maxStreams: 2 });
    limited.client.open({});
    limited.client.open({});
    expect(() => limited.client.open({})).toThrow('too_many_streams');

    await exchange(limited.left, limited.right);
    limited.right.receive(frame(9, FRAME.open, {}));
    await settle();
    expect(framesOf(limited.right.sent)).toMatchObject([{ type: FRAME.reset }]);
    closePair(limited);
  });

  it('measures the round trip', async () => {
    const answer = pair.client.ping();
    await exchange(pair.left, pair.right);

    expect(await answer).toBeGreaterThanOrEqual(0);
  });

  it('takes no streams while going away and lets open ones finish', async () => {
    const { opener, acceptor } = await openStream(pair);
    const onGoAway = vi.fn();
    pair.client.onGoAway(onGoAway);
    pair.server.goAway('draining');
    const late = pair.client.open({});
    await exchange(pair.left, pair.right);

    expect(onGoAway).toHaveBeenCalledWith('draining');
    await expect(late.response).rejects.toMatchObject({ code: 'going_away' });
    expect(() => pair.client.open({})).toThrow('going_away');
    acceptor.end('done');
    opener.end();
    await exchange(pair.left, pair.right);
    expect(await text(opener)).toBe('done');
  });

  it('tells that it goes away even when it closes at once', async () => {
    pair.server.goAway('shutting_down');
    pair.server.close('shutting_down');

    expect(framesOf(pair.right.sent)).toMatchObject([{ type: FRAME.goAway }]);
  });

  it('fails everything open when the transport is lost', async () => {
    const { opener, acceptor } = await openStream(pair);
    const ping = pair.client.ping();
    pair.left.lose('cable cut');

    expect(await pair.client.closed).toBe('cable cut');
    const expected = { code: 'tunnel_closed', message: 'cable cut' };
    await expect(opener.trailers).rejects.toMatchObject(expected);
    await expect(ping).rejects.toMatchObject(expected);
    await expect(pair.client.ping()).rejects.toMatchObject({ code: 'tunnel_closed' });
    expect(() => pair.client.open({})).toThrow('tunnel_closed');
    expect(acceptor.destroyed).toBe(false);
  });

  it('gives back what windows grew by when it is lost, also of streams that were just over', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    vi.advanceTimersByTime(1);
    const windowBudget = new WindowBudget(INITIAL_WINDOW_BYTES);
    const grown = createPair({ windowBudget });
    await settle();
    vi.advanceTimersByTime(50);
    const { opener, acceptor } = await openStream(grown);
    acceptor.resume();
    for (let round = 0; round < 2; round += 1) {
      vi.advanceTimersByTime(60);
      opener.write(Buffer.alloc(4 * INITIAL_WINDOW_BYTES));
      await exchange(grown.left, grown.right);
    }
    vi.useRealTimers();
    expect(windowBudget.take(1)).toBe(false);

    const send = grown.right.send.bind(grown.right);
    grown.right.send = (parts) => send(parts);
    opener.end();
    await exchange(grown.left, grown.right);
    acceptor.end();
    await settle();
    acceptor.destroy();
    grown.right.lose('cable cut');

    expect(windowBudget.take(INITIAL_WINDOW_BYTES)).toBe(true);
    grown.client.close('test is over');
  });

  it('closes when the peer is silent for three keep-alive intervals', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    const end = createMemoryEnd();
    const tunnel = createTunnel({ transport: end, role: 'client', keepAliveMs: 1_000 });
    vi.advanceTimersByTime(3_000);
    expect(end.closedWith).toEqual([]);

    vi.advanceTimersByTime(1_000);
    vi.useRealTimers();

    expect(await tunnel.closed).toBe('keepalive_timeout');
  });

  it('asks a silent peer whether it is there, and not one that it has just heard', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    const end = createMemoryEnd();
    const tunnel = createTunnel({ transport: end, role: 'client', keepAliveMs: 1_000 });
    await settle();
    end.sent.splice(0);

    vi.advanceTimersByTime(900);
    end.receive(frame(0, FRAME.ping, Buffer.alloc(8)));
    vi.advanceTimersByTime(100);
    await settle();
    expect(typesOf(end.sent)).toEqual([FRAME.pong]);

    vi.advanceTimersByTime(1_000);
    await settle();
    expect(typesOf(end.sent)).toEqual([FRAME.pong, FRAME.ping]);
    vi.useRealTimers();
    tunnel.close('test is over');
  });

  it('closes a peer that makes it queue without reading', async () => {
    pair.right.blocked = true;
    pair.server.goAway('block');
    await settle();
    const ping = frame(0, FRAME.ping, Buffer.alloc(8));
    const flood = Buffer.concat(Array.from({ length: 10_000 }, () => ping));
    // A frame takes many times its 16 bytes in memory.
    for (let round = 0; round < 6; round += 1) pair.right.receive(flood);

    expect(await pair.server.closed).toBe('send_queue_overflow');
  });

  it('closes a peer that is heard all the time and never answers', async () => {
    pair.client.close('only one end');
    for (let asked = 0; asked < 64; asked += 1) void pair.server.ping().catch(() => undefined);
    await settle();
    pair.right.receive(frame(0, FRAME.ping, Buffer.alloc(8)));
    void pair.server.ping().catch(() => undefined);

    expect(await pair.server.closed).toBe('pings_unanswered');
  });

  it('reads no head of a stream that it does not take', async () => {
    pair.left.receive(frame(2, FRAME.open, Buffer.from('['.repeat(1_000))));
    await settle();

    expect(pair.left.closedWith).toEqual([]);
    expect(typesOf(pair.left.sent)).toContain(FRAME.reset);
  });
});
