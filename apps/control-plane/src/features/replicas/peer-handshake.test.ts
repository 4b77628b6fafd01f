import { randomUUID } from 'node:crypto';
import { createMessagePort, type TextMessagePort } from '@spt-flow/tunnel/message-port';
import { expect, it } from 'vitest';
import { greetPeer, peerSecretOf, receivePeer } from './peer-handshake.ts';

const secret = peerSecretOf('of-the-installation');
const to = randomUUID();
const from = randomUUID();

function createPorts(): [TextMessagePort, TextMessagePort] {
  const handlers: ((text: string) => void)[] = [];
  const port = (own: number) =>
    createMessagePort({
      sendText: (text) => queueMicrotask(() => handlers[1 - own]?.(text)),
      onText: (handler) => void (handlers[own] = handler),
    });
  return [port(0), port(1)];
}

async function link() {
  const [dialer, listener] = createPorts();
  const [channel, received] = await Promise.all([
    greetPeer(dialer, { secret, from, to }),
    receivePeer(listener, { secret, to }),
  ]);
  return { dialer: channel, listener: received.channel, from: received.from };
}

it('has other keys for each link and each direction: what was heard opens nowhere else', async () => {
  const [first, second, third] = await Promise.all([link(), link(), link()]);
  const sealed = Buffer.concat(first.dialer.seal([Buffer.from('text')]));

  expect(first.from).toBe(from);
  expect(() => second.listener.open(sealed)).toThrow('changed, repeated or left out');
  expect(() => third.dialer.open(sealed)).toThrow('changed, repeated or left out');
  expect(() => first.dialer.open(sealed)).toThrow('changed, repeated or left out');
  expect(first.listener.open(sealed).toString()).toBe('text');
  expect(() => first.listener.open(sealed)).toThrow('changed, repeated or left out');
});
