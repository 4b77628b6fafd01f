import { text } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import { frame, framesOf, openStream, usePair } from '../test/support/memory-pair.ts';
import { exchange, settle } from '../test/support/memory-transport.ts';
import { FRAME } from './frame-codec.ts';
import { INITIAL_WINDOW_BYTES } from './receive-window.ts';

const pair = usePair();

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
