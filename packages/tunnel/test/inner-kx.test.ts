import { beforeEach, describe, expect, it } from 'vitest';
import { generateSigningKey } from '../src/handshake/crypto.ts';
import { createKeyExchange } from '../src/handshake/key-exchange.ts';
import { HandshakeRig, type Message, type Relay, tamper, TOKEN } from './support/handshake-rig.ts';

let rig: HandshakeRig;
beforeEach(() => {
  rig = new HandshakeRig('inner-kx');
});

/** Changes the nth sealed message. */
function corrupt(nth: number): Relay {
  let count = 0;
  return (message) => {
    if (!('sealed' in message)) return message;
    count += 1;
    if (count !== nth) return message;
    const box = Buffer.from(String(message['sealed']), 'base64url');
    box[0] = (box[0] ?? 0) ^ 1;
    return { sealed: box.toString('base64url') };
  };
}

describe('a handshake with inner-kx', () => {
  it('shows who is between the ends neither token nor welcome', async () => {
    const { agent, server, transcript } = await rig.run();

    expect([agent.status, server.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(transcript.map(({ message }) => message['type'] ?? Object.keys(message))).toEqual([
      'hello',
      'challenge',
      ['sealed'],
      ['sealed'],
      ['sealed'],
    ]);
    expect(JSON.stringify(transcript)).not.toContain(TOKEN);
  });

  it('gives both ends keys that fit each other, and others the next time', async () => {
    const sealings = [];
    for (const _ of [1, 2]) {
      const { agent, server } = await rig.run();
      if (agent.status !== 'fulfilled' || server.status !== 'fulfilled') throw new Error('refused');
      sealings.push({ agent: agent.value.sealing, server: server.value.sealing });
    }
    const [first, second] = sealings;
    const message = Buffer.concat(first?.agent?.seal([Buffer.from('text')]) ?? []);

    expect(first?.server?.open(message).toString()).toBe('text');
    expect(() => second?.server?.open(message)).toThrow('changed, repeated or left out');
  });

  it.each([1, 2, 3])('is refused when sealed message %i was changed on the way', async (nth) => {
    const outcome = await rig.run({ relay: corrupt(nth) });

    expect([outcome.agent.status, outcome.server.status]).toContain('rejected');
    expect(
      [...rig.store.agents.values()].map(({ ackedGeneration }) => ackedGeneration),
    ).not.toContain(1);
  });

  it('is refused when somebody puts keys of their own between the ends', async () => {
    const mine = createKeyExchange(Buffer.alloc(32, 5));
    const relay: Relay = (message) =>
      'keyExchange' in message ? { ...message, keyExchange: mine.publicKey } : message;

    const outcome = await rig.run({ relay });

    expect(outcome.agent).toMatchObject({ reason: { code: 'server_not_trusted' } });
    expect(rig.store.changes).toBe(0);
  });

  it.each(['hello', 'challenge'])('is refused with another key in the %s', async (type) => {
    const outcome = await rig.run({ relay: tamper(type, 'keyExchange') });

    expect(outcome.agent.status).toBe('rejected');
    expect(rig.store.changes).toBe(0);
  });

  it.each([
    ['none', undefined],
    ['zero', Buffer.alloc(32).toString('base64url')],
  ])('is refused with a key of the agent that is %s', async (_name, keyExchange) => {
    const relay: Relay = (message) =>
      message['type'] === 'hello' ? { ...message, keyExchange } : message;

    const outcome = await rig.run({ relay });

    expect(outcome.server).toMatchObject({ reason: { code: 'bad_key' } });
    expect(outcome.agent).toMatchObject({ reason: { code: 'refused' } });
  });

  it('takes no plain message for a sealed one', async () => {
    const injected: Message = { type: 'welcome', sessionId: 'x' };
    const relay: Relay = (message, from) =>
      from === 'server' && 'sealed' in message ? injected : message;

    const outcome = await rig.run({ relay });

    expect(outcome.agent).toMatchObject({ reason: { code: 'protocol_error' } });
    expect(rig.disk).toBeUndefined();
  });

  it('tells a refusal sealed too', async () => {
    await rig.enrol();
    const agentKey = generateSigningKey();
    const { agent, transcript } = await rig.run({ agent: { key: agentKey } });

    expect(agent).toMatchObject({ reason: { code: 'refused' } });
    expect(transcript.at(-1)?.message).toHaveProperty('sealed');
  });
});
