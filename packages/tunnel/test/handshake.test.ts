import { beforeEach, describe, expect, it } from 'vitest';
import { generateSigningKey, signBytes } from '../src/handshake/crypto.ts';
import {
  createPorts,
  HandshakeRig,
  machine,
  type Message,
  type Outcome,
  type Relay,
  tamper,
  TOKEN,
} from './support/handshake-rig.ts';
import { runServerHandshake } from '../src/handshake/server.ts';
import { hashJoinState } from '../src/handshake/join-state.ts';

let rig: HandshakeRig;
beforeEach(() => {
  rig = new HandshakeRig();
});

function expectAccepted({ agent, server }: Outcome): void {
  expect(agent).toMatchObject({ status: 'fulfilled' });
  expect(server).toMatchObject({ status: 'fulfilled' });
}

function expectRefused({ agent, server }: Outcome, code = 'refused'): void {
  expect(agent).toMatchObject({ status: 'rejected', reason: { code } });
  expect(server).toMatchObject({ status: 'rejected', reason: { code } });
}

describe('enrolment', () => {
  it('makes an agent, which the next connection authenticates', async () => {
    const enrolled = await rig.run();
    expectAccepted(enrolled);
    expect(rig.record).toMatchObject({ ackedGeneration: 1, pendingGeneration: null });

    const back = await rig.run();

    expectAccepted(back);
    expect(rig.record).toMatchObject({ ackedGeneration: 2, pendingGeneration: null });
    expect(back.server).toMatchObject({
      value: {
        agentId: rig.disk?.agentId,
        workspaceId: rig.disk?.workspaceId,
        generation: 2,
        machine,
      },
    });
    expect(rig.incidents).toEqual([]);
  });

  it('sends the token only after the server proved its key', async () => {
    const { transcript } = await rig.run();
    const [hello, challenge, proof] = transcript.map(({ message }) => message);

    expect(JSON.stringify([hello, challenge])).not.toContain(TOKEN);
    expect(proof?.['token']).toBe(TOKEN);
  });

  it('with a used token is refused and an incident', async () => {
    await rig.enrol();
    rig.disk = undefined;

    const second = await rig.run({ agent: { key: generateSigningKey() } });

    expectRefused(second, 'token_invalid');
    expect(rig.incidents).toMatchObject([{ kind: 'token_reused' }]);
    expect(rig.store.agents.size).toBe(1);
  });

  it('with an unknown token is refused', async () => {
    const token = 'sptj_guessed_guessed_guessed';
    const credential = { mode: 'enrol', token, channelBinding: 'tls-exporter' } as const;

    expectRefused(await rig.run({ agent: { credential } }), 'token_invalid');
    expect(rig.store.changes).toBe(0);
  });

  it('with another token than the signed one is refused', async () => {
    const relay: Relay = (message) =>
      message['type'] === 'proof' ? { ...message, token: 'another_token_of_some_length' } : message;

    expectRefused(await rig.run({ relay }), 'token_invalid');
    expect(rig.store.changes).toBe(0);
  });

  it('again with the same key before the ack gives the same agent', async () => {
    await rig.run({ relay: (message) => (message['type'] === 'welcome' ? null : message) });
    expect(rig.disk).toBeUndefined();
    expect(rig.store.agents.size).toBe(1);

    expectAccepted(await rig.run());

    expect(rig.store.agents.size).toBe(1);
    expect(rig.incidents).toEqual([]);
  });
});

describe('a death between two messages', () => {
  it.each(['challenge', 'proof', 'welcome', 'ack'])(
    'before %s arrives raises no alarm, and the agent comes back',
    async (lost) => {
      await rig.enrol();
      await rig.run({ relay: (message) => (message['type'] === lost ? null : message) });

      expectAccepted(await rig.run());
      expectAccepted(await rig.run());

      expect(rig.incidents).toEqual([]);
    },
  );

  it('before the state reached the disk leaves the old state valid', async () => {
    await rig.enrol();
    const persist = () => Promise.reject(new Error('Disk is full'));
    const failed = await rig.run({ agent: { persist } });
    expect(failed.agent.status).toBe('rejected');
    expect(rig.record).toMatchObject({ ackedGeneration: 1, pendingGeneration: 2 });

    expectAccepted(await rig.run());
    expect(rig.record).toMatchObject({ ackedGeneration: 3, pendingGeneration: null });
  });
});

describe('generations', () => {
  it('an old state is a copied or restored disk: it is detained and reported, the other goes on', async () => {
    await rig.enrol();
    const copy = rig.disk;
    expectAccepted(await rig.run());
    const current = rig.disk;
    rig.disk = copy;

    expectRefused(await rig.run(), 'quarantined');
    const { changes } = rig.store;
    expectRefused(await rig.run(), 'quarantined');

    expect(rig.incidents).toMatchObject([{ kind: 'stale_generation', agentId: copy?.agentId }]);
    expect(rig.record).toMatchObject({ quarantine: { state: 'open', generation: 1 } });
    expect(rig.store.changes).toBe(changes);
    rig.disk = current;
    expectAccepted(await rig.run());
  });

  it('a state ahead of the server is put off and reported', async () => {
    await rig.enrol();
    const agentId = rig.disk?.agentId ?? '';
    expectAccepted(await rig.run());
    rig.store.agents.set(agentId, { ...rig.record, ackedGeneration: 1 });

    expectRefused(await rig.run(), 'try_later');
    expect(rig.incidents).toMatchObject([{ kind: 'generation_ahead' }]);
  });

  it('of two connections at once one wins, the other may try later', async () => {
    await rig.enrol();
    const [first, second] = await Promise.all([rig.run(), rig.run()]);

    const results = [first, second].map(({ server }) => server);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(results).toContainEqual(
      expect.objectContaining({ reason: expect.objectContaining({ code: 'try_later' }) }),
    );
    expect(rig.incidents).toEqual([]);
  });
});

describe('refused without a trace', () => {
  beforeEach(() => rig.enrol());

  async function expectNoChange(run: Promise<Outcome>): Promise<Outcome> {
    const { changes } = rig.store;
    const outcome = await run;
    expect(outcome.agent.status).toBe('rejected');
    expect(outcome.server.status).toBe('rejected');
    expect(rig.store.changes).toBe(changes);
    expect(rig.incidents).toEqual([]);
    return outcome;
  }

  it('another key under the same agent id', async () => {
    expectRefused(await expectNoChange(rig.run({ agent: { key: generateSigningKey() } })));
  });

  it('an unknown agent: after the same messages and with the same answer as a wrong key', async () => {
    const strangers = await Promise.all(
      [rig.disk?.agentId ?? '', '00000000-0000-4000-8000-ffffffffffff'].map(askAsStranger),
    );
    expect(strangers[0]).toEqual(strangers[1]);
    expect(rig.incidents).toEqual([]);
  });

  async function askAsStranger(agentId: string): Promise<[string[], unknown]> {
    const ports = createPorts((message) => message);
    const server = runServerHandshake(rig.serverOptions(ports.server)).catch(() => undefined);
    const blank = Buffer.alloc(32).toString('base64url');
    ports.agent.send({
      type: 'hello',
      mode: 'auth',
      agentId,
      workspaceId: rig.disk?.workspaceId,
      publicKey: rig.agentKey.publicKeySpki,
      channelBinding: 'tls-exporter',
      generation: 1,
      joinStateHash: blank,
      clientNonce: blank,
      ...machine,
    });
    const challenge = (await ports.agent.next(1_000)) as Message;
    ports.agent.send({
      type: 'proof',
      signature: signBytes(generateSigningKey(), Buffer.alloc(1)),
    });
    const answer = await ports.agent.next(1_000);
    await server;
    return [Object.keys(challenge), answer];
  }

  it('a revoked agent', async () => {
    const agentId = rig.disk?.agentId ?? '';
    rig.store.agents.set(agentId, { ...rig.record, revoked: true });

    expectRefused(await expectNoChange(rig.run()));
  });

  it.each([
    'agentId',
    'workspaceId',
    'publicKey',
    'channelBinding',
    'generation',
    'joinStateHash',
    'clientNonce',
    'bootId',
    'machineFingerprint',
    'agentVersion',
    'capabilities',
  ])('a hello whose %s was changed on the way', async (field) => {
    await expectNoChange(rig.run({ relay: tamper('hello', field) }));
  });

  it.each([
    'challengeId',
    'serverNonce',
    'issuedMs',
    'expiresMs',
    'controlPlaneId',
    'controlPlaneEpoch',
    'publicKey',
    'signature',
  ])('a challenge whose %s was changed on the way: the agent signs nothing', async (field) => {
    const outcome = await expectNoChange(rig.run({ relay: tamper('challenge', field) }));

    expect(outcome.agent).toMatchObject({ reason: { code: 'server_not_trusted' } });
    expect(outcome.transcript.map(({ message }) => message['type'])).not.toContain('proof');
  });

  it('a proof whose signature was changed', async () => {
    expectRefused(await expectNoChange(rig.run({ relay: tamper('proof', 'signature') })));
  });

  it('a replayed handshake', async () => {
    const { transcript } = await rig.run();
    const recorded = transcript
      .filter(({ from }) => from === 'agent')
      .map(({ message }) => message);
    const { changes } = rig.store;
    const ports = createPorts((message) => message);
    const server = runServerHandshake(rig.serverOptions(ports.server));
    for (const message of recorded) ports.agent.send(message);

    await expect(server).rejects.toMatchObject({ code: 'refused' });
    expect(rig.store.changes).toBe(changes);
    expect(rig.incidents).toEqual([]);
  });

  it('a relay that ends TLS: both ends see other binding values', async () => {
    const outcome = await expectNoChange(
      rig.run({ server: { channelBindingValue: Buffer.alloc(32, 1) } }),
    );

    expect(outcome.agent).toMatchObject({ reason: { code: 'server_not_trusted' } });
  });

  it.each(['agent', 'server'])(
    'a connection without a binding on the side of the %s',
    async (side) => {
      await expectNoChange(rig.run({ [side]: { channelBindingValue: undefined } }));
    },
  );

  it('an agent that wants less binding than was agreed', async () => {
    const agentId = rig.disk?.agentId ?? '';
    const { record } = rig;
    for (const channelBinding of ['none', 'inner-kx'] as const) {
      rig.store.agents.set(agentId, { ...record, channelBinding });

      expectRefused(await expectNoChange(rig.run({ server: { allowsUnbound: true } })));
    }
  });

  it('an agent that dialled another address', async () => {
    await expectNoChange(rig.run({ agent: { authority: 'evil.example:443' } }));
  });

  it('a server with another key than the pinned one', async () => {
    const outcome = await expectNoChange(rig.run({ server: { key: generateSigningKey() } }));

    expect(outcome.agent).toMatchObject({ reason: { code: 'server_not_trusted' } });
    expect(outcome.transcript.map(({ message }) => message['type'])).not.toContain('proof');
  });

  it('a version that the server does not speak', async () => {
    const outcome = await expectNoChange(
      rig.run({ agent: { machine: { ...machine, protocolVersion: 2 } } }),
    );

    expectRefused(outcome, 'unsupported_version');
  });

  it('a proof that comes too late', async () => {
    const relay: Relay = (message) => {
      if (message['type'] === 'proof') rig.serverRuntime.nowMs += 5_001;
      return message;
    };
    const outcome = await expectNoChange(rig.run({ relay }));

    expect(outcome.server).toMatchObject({ reason: { code: 'handshake_timeout' } });
  });

  it('an enrolment signature offered for authentication', async () => {
    let enrolSignature: unknown;
    const fresh = new HandshakeRig();
    await fresh.run({
      relay: (message) => {
        enrolSignature ??= message['type'] === 'proof' ? message['signature'] : undefined;
        return message;
      },
    });
    const relay: Relay = (message) =>
      message['type'] === 'proof' ? { ...message, signature: enrolSignature } : message;
    const { changes } = fresh.store;

    expectRefused(await fresh.run({ relay }));
    expect(fresh.store.changes).toBe(changes);
  });
});

it('the hash of a join state covers its signature', () => {
  const keyId = Buffer.alloc(32).toString('base64url');
  const state = { agentId: 'a', keyId, generation: 1, epoch: 1, issuedMs: 1, signature: 'AAAA' };

  expect(hashJoinState(state)).not.toBe(hashJoinState({ ...state, signature: 'BBBB' }));
  expect(hashJoinState(state)).not.toBe(hashJoinState({ ...state, epoch: 2 }));
});
