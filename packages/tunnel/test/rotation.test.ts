import { beforeEach, describe, expect, it } from 'vitest';
import { generateSigningKey, signBytes } from '../src/handshake/crypto.ts';
import { type Relay, tamper } from './support/handshake-rig.ts';
import { RotationRig } from './support/rotation-rig.ts';

let rotating: RotationRig;
beforeEach(async () => {
  rotating = new RotationRig();
  await rotating.connect();
});

function statuses(results: readonly PromiseSettledResult<unknown>[]) {
  return results.map(({ status }) => status);
}

function keys(): Readonly<Record<string, string>> {
  const [agent] = rotating.rig.store.agents.values();
  return agent?.keys ?? {};
}

function before() {
  return rotating.rig.agentKey;
}

function next() {
  return rotating.nextKey;
}

describe('a rotation', () => {
  it('makes the next key the only one while the connection stays', async () => {
    const copy = { state: rotating.rig.disk, key: before() };

    expect(statuses(await rotating.rotate())).toEqual(['fulfilled', 'fulfilled']);

    expect(keys()).toEqual({ [before().keyId]: 'retired', [next().keyId]: 'current' });
    expect(await rotating.connect()).toBe('connected');
    rotating.rig.disk = copy.state;
    expect(await rotating.connect(copy.key)).toBe('refused');
    expect(rotating.rig.incidents).toMatchObject([{ kind: 'retired_key' }]);
  });

  it.each([
    ['rotation-hello', 'current', 'current'],
    ['rotation-challenge', 'current', 'current'],
    ['rotation-proof', 'current', 'current'],
    ['rotation-welcome', 'current', 'next'],
    ['ack', 'current', 'next'],
  ])('that loses its %s leaves a key that opens', async (lost, state) => {
    const relay: Relay = (message) => (message['type'] === lost ? null : message);

    await rotating.rotate({ relay });

    expect(keys()[before().keyId]).toBe(state);
    expect(await rotating.connect()).toBe('connected');
    expect(rotating.rig.incidents).toEqual([]);
  });

  it('whose state did not reach the disk is finished by the next proof with the next key', async () => {
    const persist = () => Promise.reject(new Error('Disk is full'));
    await rotating.rotate({ agent: { persist } });
    expect(keys()).toEqual({ [before().keyId]: 'current', [next().keyId]: 'next' });

    expect(await rotating.connect(next())).toBe('connected');

    expect(keys()).toEqual({ [before().keyId]: 'retired', [next().keyId]: 'current' });
    expect(await rotating.connect(before())).toBe('refused');
  });

  it('may be begun again with the same next key after it broke off', async () => {
    const persist = () => Promise.reject(new Error('Disk is full'));
    await rotating.rotate({ agent: { persist } });
    expect(await rotating.connect(before())).toBe('connected');

    expect(statuses(await rotating.rotate())).toEqual(['fulfilled', 'fulfilled']);
    expect(await rotating.connect(next())).toBe('connected');
  });

  it.each(['nextPublicKey', 'clientNonce'])('with another %s is refused', async (field) => {
    const results = await rotating.rotate({ relay: tamper('rotation-hello', field) });

    expect(results[0]).toMatchObject({ reason: { code: 'server_not_trusted' } });
    expect(keys()).toEqual({ [before().keyId]: 'current' });
  });

  it.each(['challengeId', 'serverNonce', 'issuedMs', 'expiresMs', 'signature'])(
    'whose challenge has another %s gets no signature',
    async (field) => {
      const seen: unknown[] = [];
      const changed = tamper('rotation-challenge', field);
      const results = await rotating.rotate({
        relay: (message, from) => (seen.push(message['type']), changed(message, from)),
      });

      expect(results[0]).toMatchObject({ reason: { code: 'server_not_trusted' } });
      expect(seen).not.toContain('rotation-proof');
    },
  );

  it.each(['signature', 'nextSignature'])('with another %s is refused', async (field) => {
    await rotating.rotate({ relay: tamper('rotation-proof', field) });

    expect(keys()).toEqual({ [before().keyId]: 'current' });
  });

  it.each<[string, Relay]>([
    [
      'only the key before has signed',
      (message) =>
        message['type'] === 'rotation-proof'
          ? { ...message, nextSignature: message['signature'] }
          : message,
    ],
    [
      'only the next key has signed',
      (message) =>
        message['type'] === 'rotation-proof'
          ? { ...message, signature: message['nextSignature'] }
          : message,
    ],
  ])('that %s is refused', async (_name, relay) => {
    await rotating.rotate({ relay });

    expect(keys()).toEqual({ [before().keyId]: 'current' });
  });

  it('to the same key is refused', async () => {
    const results = await rotating.rotate({ agent: { nextKey: before() } });

    expect(results[1]).toMatchObject({ reason: { code: 'refused' } });
    expect(keys()).toEqual({ [before().keyId]: 'current' });
  });

  it('back to an earlier key is refused', async () => {
    const earlier = before();
    await rotating.rotate();
    await rotating.connect();

    await rotating.rotate({ agent: { nextKey: earlier } });

    expect(keys()[earlier.keyId]).toBe('retired');
    expect(keys()[next().keyId]).toBe('current');
  });

  it('of a connection that was replaced is refused', async () => {
    const agentId = rotating.rig.disk?.agentId ?? '';
    const agent = rotating.rig.store.agents.get(agentId);
    if (agent) rotating.rig.store.agents.set(agentId, { ...agent, sessionId: 'another' });

    const results = await rotating.rotate();

    expect(results[1]).toMatchObject({ reason: { code: 'refused' } });
    expect(keys()).toEqual({ [before().keyId]: 'current' });
  });

  it('with a welcome for another key is not stored', async () => {
    const { disk } = rotating;
    const other = generateSigningKey();
    const relay: Relay = (message) => {
      if (message['type'] !== 'rotation-welcome') return message;
      const joinState = message['joinState'] as Record<string, unknown>;
      return { ...message, joinState: { ...joinState, keyId: other.keyId } };
    };

    const results = await rotating.rotate({ relay });

    expect(results[0]).toMatchObject({ reason: { code: 'server_not_trusted' } });
    expect(rotating.disk).toBe(disk);
  });

  it('is not signed by the key of another server', async () => {
    const results = await rotating.rotate({ server: { key: generateSigningKey() } });

    expect(results[0]).toMatchObject({ reason: { code: 'server_not_trusted' } });
  });
});

describe('signatures of one purpose', () => {
  it('are worthless for another: an authentication is no rotation', async () => {
    let signature: unknown;
    await rotating.rig.run({
      relay: (message) => {
        if (message['type'] === 'proof') signature = message['signature'];
        return message;
      },
    });
    const relay: Relay = (message) =>
      message['type'] === 'rotation-proof' ? { ...message, signature } : message;

    await rotating.connect();
    await rotating.rotate({ relay });

    expect(keys()).toEqual({ [before().keyId]: 'current' });
  });

  it('are worthless for another: a rotation is no authentication', async () => {
    let signature: unknown;
    await rotating.rotate({
      relay: (message) => {
        if (message['type'] === 'rotation-proof') signature = message['signature'];
        return message['type'] === 'rotation-proof' ? null : message;
      },
    });

    const { agent } = await rotating.rig.run({
      relay: (message) => (message['type'] === 'proof' ? { ...message, signature } : message),
    });

    expect(signature).toMatch(/^[\w-]{86}$/);
    expect(agent).toMatchObject({ reason: { code: 'refused' } });
  });

  it('are worthless without a purpose: a bare nonce proves nothing', async () => {
    const relay: Relay = (message) =>
      message['type'] === 'proof'
        ? { ...message, signature: signBytes(before(), Buffer.alloc(32)) }
        : message;

    expect((await rotating.rig.run({ relay })).agent).toMatchObject({
      reason: { code: 'refused' },
    });
  });
});

describe('a fork', () => {
  it('makes a copy an agent of its own, beside the one it was copied from', async () => {
    const { rig } = rotating;
    const workspaceId = '00000000-0000-4000-8000-00000000ffff';
    rig.store.issue('sptj_fork_token_of_some_length', { mode: 'fork', workspaceId });
    const forkKey = generateSigningKey();
    const token = 'sptj_fork_token_of_some_length';
    const credential = { mode: 'fork', token, channelBinding: 'tls-exporter' } as const;
    const original = rig.disk;

    const { agent } = await rig.run({ agent: { key: forkKey, credential } });

    expect(agent).toMatchObject({ value: { state: { workspaceId } } });
    rig.disk = original;
    expect(await rotating.connect()).toBe('connected');
    expect(rig.incidents).toEqual([]);
  });

  it.each([
    ['fork', 'enrol'],
    ['enrol', 'fork'],
  ] as const)('a token for %s opens nothing as %s', async (meant, mode) => {
    const token = 'sptj_token_of_some_length_here';
    rotating.rig.store.issue(token, { mode: meant });
    const credential = { mode, token, channelBinding: 'tls-exporter' } as const;

    const { agent } = await rotating.rig.run({ agent: { key: generateSigningKey(), credential } });

    expect(agent).toMatchObject({ reason: { code: 'token_invalid' } });
  });

  it('with the key of the agent it was copied from is refused', async () => {
    const token = 'sptj_fork_token_of_some_length';
    rotating.rig.store.issue(token, { mode: 'fork' });
    const credential = { mode: 'fork', token, channelBinding: 'tls-exporter' } as const;

    const { agent } = await rotating.rig.run({ agent: { credential } });

    expect(agent).toMatchObject({ reason: { code: 'token_invalid' } });
  });
});
