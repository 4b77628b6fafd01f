import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPair, frame, framesOf, openStream, type Pair } from '../test/support/memory-pair.ts';
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

let pair: Pair;
beforeEach(() => {
  pair = createPair();
});
afterEach(() => {
  pair.client.close('test is over');
  pair.server.close('test is over');
});

describe('a stream', () => {
  it('carries head, answer, bytes both ways and trailers', async () => {
    const opener = pair.client.open({ method: 'echo' });
    opener.end('ping');
    await exchange(pair.left, pair.right);
    const [acceptor] = pair.accepted;
    expect(acceptor?.head).toEqual({ method: 'echo' });
    acceptor?.respond({ ok: true });
    acceptor?.write('pong');
    acceptor?.endWith({ exitCode: 3 });
    await exchange(pair.left, pair.right);

    expect(await opener.response).toEqual({ ok: true });
    expect(await text(acceptor ?? opener)).toBe('ping');
    expect(await text(opener)).toBe('pong');
    expect(await opener.trailers).toEqual({ exitCode: 3 });
    expect(await acceptor?.trailers).toBeUndefined();
    expect([pair.client.streamCount, pair.server.streamCount]).toEqual([0, 0]);
  });

  it('stays readable after its own half ended', async () => {
    const { opener, acceptor } = await openStream(pair);
    opener.end();
    acceptor.resume();
    await exchange(pair.left, pair.right);
    acceptor.write('late');
    acceptor.end();
    await exchange(pair.left, pair.right);

    expect(await text(opener)).toBe('late');
  });

  it('holds what comes byte by byte in few chunks, in order, while nobody reads', async () => {
    const { acceptor } = await openStream(pair);
    const bytes = Buffer.from(Array.from({ length: 40_000 }, (_, index) => index % 251));
    for (const byte of bytes) pair.right.receive(frame(1, FRAME.data, Buffer.of(byte)));

    const chunks: Buffer[] = [];
    acceptor.on('data', (chunk: Buffer) => void chunks.push(chunk));
    await settle();

    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
    expect(chunks.length).toBeLessThan(100);
  });

  it('sends at most the window until the reader takes something', async () => {
    const { opener, acceptor } = await openStream(pair);
    opener.write(Buffer.alloc(INITIAL_WINDOW_BYTES + 1_000));
    await exchange(pair.left, pair.right);
    expect(opener.writableNeedDrain).toBe(true);

    let received = 0;
    acceptor.on('data', (chunk: Buffer) => (received += chunk.length));
    await exchange(pair.left, pair.right);

    expect(received).toBe(INITIAL_WINDOW_BYTES + 1_000);
    expect(opener.writableNeedDrain).toBe(false);
  });

  it('leaves in one message with all small writes of the tick', async () => {
    const { opener } = await openStream(pair);
    for (let count = 0; count < 100; count += 1) opener.write('0123456789');
    await settle();

    expect(pair.left.sent).toHaveLength(1);
    expect(framesOf(pair.left.sent)).toMatchObject([
      { type: FRAME.data, payload: { length: 1_000 } },
    ]);
  });

  it('takes turns with others while the transport has little room', async () => {
    const first = await openStream(pair);
    const second = await openStream(pair);
    pair.left.blocked = true;
    first.opener.write(Buffer.alloc(200_000));
    second.opener.write(Buffer.alloc(200_000));
    await settle();
    pair.left.drain();

    const streams = framesOf(pair.left.sent).map(({ streamId }) => streamId);
    const shared = streams.slice(streams.indexOf(second.opener.streamId));
    expect(shared.filter((id) => id === first.opener.streamId).length).toBeGreaterThan(0);
    expect(new Set(shared.slice(0, 2)).size).toBe(2);
  });

  it('does not hand more to a blocked transport', async () => {
    const { opener } = await openStream(pair);
    pair.left.blocked = true;
    opener.write(Buffer.alloc(INITIAL_WINDOW_BYTES));
    await settle();

    expect(pair.left.sent).toHaveLength(1);
  });
});

describe('the end of a stream', () => {
  it('reset reaches the other side with its code, and only the promises that wait', async () => {
    const { opener, acceptor } = await openStream(pair);
    acceptor.reset('busy', 'Too much to do');
    await exchange(pair.left, pair.right);

    await expect(opener.trailers).rejects.toMatchObject({
      code: 'busy',
      message: 'Too much to do',
    });
    await expect(acceptor.trailers).rejects.toMatchObject({ code: 'busy' });
    expect(opener.destroyed).toBe(true);
    expect([pair.client.streamCount, pair.server.streamCount]).toEqual([0, 0]);
  });

  it('reset before the answer rejects the response', async () => {
    const opener = pair.client.open({});
    await exchange(pair.left, pair.right);
    pair.accepted[0]?.reset('unimplemented');
    await exchange(pair.left, pair.right);

    await expect(opener.response).rejects.toMatchObject({ code: 'unimplemented' });
  });

  it('destroy cancels the peer and tells it nothing of foreign errors', async () => {
    const first = await openStream(pair);
    first.opener.destroy();
    const second = await openStream(pair);
    second.opener.destroy(new Error('password is hunter2'));
    await exchange(pair.left, pair.right);

    await expect(first.acceptor.trailers).rejects.toMatchObject({ code: 'cancelled' });
    await expect(second.acceptor.trailers).rejects.toMatchObject({
      code: 'internal',
      message: 'Stream failed',
    });
  });

  it('drops what is still under way for a stream that was reset', async () => {
    const { opener, acceptor } = await openStream(pair);
    opener.write('late');
    await settle();
    acceptor.destroy();
    await exchange(pair.left, pair.right);

    expect(pair.right.closedWith).toEqual([]);
    expect(pair.left.closedWith).toEqual([]);
  });

  it('frees both tables when both halves ended, also when nobody reads', async () => {
    const { opener, acceptor } = await openStream(pair);
    opener.end('unread');
    acceptor.end('unread');
    await exchange(pair.left, pair.right);

    expect([pair.client.streamCount, pair.server.streamCount]).toEqual([0, 0]);
    expect(await text(opener)).toBe('unread');
  });

  it('ends without an unhandled rejection when nobody waits', async () => {
    const onUnhandled = vi.fn();
    process.on('unhandledRejection', onUnhandled);
    await openStream(pair);
    pair.client.open({});
    void pair.client.ping();

    pair.left.lose('cable cut');
    await settle();
    process.off('unhandledRejection', onUnhandled);

    expect(onUnhandled).not.toHaveBeenCalled();
  });
});

describe('answering', () => {
  it('bytes before the answer end the stream on its own side', async () => {
    pair.client.open({});
    await exchange(pair.left, pair.right);
    const [acceptor] = pair.accepted;
    acceptor?.write('too early');
    await exchange(pair.left, pair.right);

    await expect(acceptor?.trailers).rejects.toMatchObject({ code: 'not_answered' });
    expect(pair.left.closedWith).toEqual([]);
  });

  it('happens once, and only on the accepting side', async () => {
    const { opener, acceptor } = await openStream(pair);

    expect(() => acceptor.respond({})).toThrow('already_answered');
    expect(() => opener.respond({})).toThrow('accepting side');
  });

  it('is no error after the opener gave up', async () => {
    const opener = pair.client.open({});
    await exchange(pair.left, pair.right);
    opener.destroy();
    await exchange(pair.left, pair.right);
    pair.accepted[0]?.respond({});
    pair.accepted[0]?.end('gone');
    await exchange(pair.left, pair.right);

    expect(pair.left.closedWith).toEqual([]);
  });

  it('a handler that throws resets its stream and nothing else', async () => {
    pair.server.onStream(() => {
      throw new Error('broken');
    });
    const opener = pair.client.open({});
    await exchange(pair.left, pair.right);

    await expect(opener.response).rejects.toMatchObject({ code: 'internal' });
    expect(pair.right.closedWith).toEqual([]);
  });

  it('streams that nobody serves are unimplemented', async () => {
    const opener = pair.server.open({});
    await exchange(pair.left, pair.right);

    await expect(opener.response).rejects.toMatchObject({ code: 'unimplemented' });
  });
});

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
    pair = createPair({ maxStreams: 2 });
    pair.client.open({});
    pair.client.open({});
    expect(() => pair.client.open({})).toThrow('too_many_streams');

    await exchange(pair.left, pair.right);
    pair.right.receive(frame(9, FRAME.open, {}));
    await settle();
    expect(framesOf(pair.right.sent)).toMatchObject([{ type: FRAME.reset }]);
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
