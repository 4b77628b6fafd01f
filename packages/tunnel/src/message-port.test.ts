import { beforeEach, describe, expect, it } from 'vitest';
import { createMessagePort, type TextMessagePort } from './message-port.ts';

const sent: string[] = [];
let receive: (text: string) => void;
let port: TextMessagePort;

beforeEach(() => {
  sent.length = 0;
  port = createMessagePort({
    sendText: (text) => sent.push(text),
    onText: (handler) => void (receive = handler),
  });
});

describe('message port', () => {
  it('sends JSON', () => {
    port.send({ type: 'hello' });

    expect(sent).toEqual(['{"type":"hello"}']);
  });

  it('gives messages in order, waiting or waited for', async () => {
    receive('1');
    receive('2');
    expect(await port.next(1_000)).toBe(1);
    expect(await port.next(1_000)).toBe(2);

    const third = port.next(1_000);
    receive('3');
    expect(await third).toBe(3);
  });

  it('gives up after the time', async () => {
    await expect(port.next(1)).rejects.toMatchObject({ code: 'handshake_timeout' });
    receive('"late"');
    expect(await port.next(1_000)).toBe('late');
  });

  it('fails who waits and who comes later when the connection closes', async () => {
    const waiting = port.next(1_000);
    port.closed('gone');

    await expect(waiting).rejects.toMatchObject({ code: 'tunnel_closed', message: 'gone' });
    await expect(port.next(1_000)).rejects.toMatchObject({ code: 'tunnel_closed' });
  });

  it('still gives the last words that came before the close', async () => {
    receive('"refused"');
    port.closed('gone');

    expect(await port.next(1_000)).toBe('refused');
  });

  it('refuses what is not JSON, too long or too much', async () => {
    receive('{');
    await expect(port.next(1_000)).rejects.toMatchObject({ code: 'protocol_error' });

    receive('x'.repeat(100_000));
    await expect(port.next(1_000)).rejects.toMatchObject({ code: 'protocol_error' });
  });

  it('keeps at most a few messages ahead of time', async () => {
    for (let count = 0; count < 10; count += 1) receive(String(count));

    for (let count = 0; count < 4; count += 1) expect(await port.next(1_000)).toBe(count);
    await expect(port.next(1_000)).rejects.toMatchObject({ code: 'protocol_error' });
  });
});
