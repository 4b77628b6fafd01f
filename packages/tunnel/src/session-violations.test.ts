import { describe, expect, it } from 'vitest';
import { frame, openStream, usePair } from '../test/support/memory-pair.ts';
import { settle } from '../test/support/memory-transport.ts';
import { encodeCredit, FRAME } from './frame-codec.ts';

const pair = usePair();

describe('a peer that breaks the protocol loses the tunnel', () => {
  it.each<[string, Uint8Array]>([
    ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['an OPEN with our parity', frame(2, FRAME.open, {})],
    ['an OPEN with a used id', frame(1, FRAME.open, {})],
    ['an OPEN whose head is not JSON', frame(3, FRAME.open, Buffer.from('{'))],
    ['DATA for an id never opened', frame(99, FRAME.data, Buffer.from('x'))],
    ['DATA for an id that we never opened', frame(2, FRAME.data, Buffer.from('x'))],
    ['a HEAD from the opener', frame(1, FRAME.head, {})],
    ['a WINDOW of zero', frame(1, FRAME.window, encodeCredit(0))],
    ['a WINDOW beyond 31 bits', frame(1, FRAME.window, encodeCredit(0x7fffffff))],
    ['a RESET without a code', frame(1, FRAME.reset, { message: 'x' })],
    ['a PONG that was not asked for', frame(0, FRAME.pong, Buffer.alloc(8, 9))],
    [
      'DATA after END',
      Buffer.concat([frame(1, FRAME.end, Buffer.alloc(0)), frame(1, FRAME.data, Buffer.from('x'))]),
    ],
    [
      'two ENDs',
      Buffer.concat([frame(1, FRAME.end, Buffer.alloc(0)), frame(1, FRAME.end, Buffer.alloc(0))]),
    ],
    [
      'DATA beyond the window',
      Buffer.concat(Array.from({ length: 5 }, () => frame(1, FRAME.data, Buffer.alloc(65_536)))),
    ],
  ])('%s', async (_name, message) => {
    const { acceptor } = await openStream(pair);
    pair.right.receive(message);

    expect(await pair.server.closed).toMatch(/^protocol_error/);
    expect(pair.right.closedWith).toHaveLength(1);
    expect(acceptor.destroyed).toBe(true);
  });

  it.each<[string, Uint8Array]>([
    ['DATA before the answer', frame(1, FRAME.data, Buffer.from('x'))],
    ['END before the answer', frame(1, FRAME.end, Buffer.alloc(0))],
    ['a second HEAD', Buffer.concat([frame(1, FRAME.head, {}), frame(1, FRAME.head, {})])],
  ])('%s', async (_name, message) => {
    const opener = pair.client.open({});
    await settle();
    pair.left.receive(message);

    expect(await pair.client.closed).toMatch(/^protocol_error/);
    expect(opener.destroyed).toBe(true);
  });
});
