import { beforeEach, describe, expect, it } from 'vitest';
import {
  HandshakeRig,
  type Message,
  otherText,
  type Relay,
  tamper,
} from './support/handshake-rig.ts';

let rig: HandshakeRig;
beforeEach(async () => {
  rig = new HandshakeRig();
  await rig.enrol();
});

describe('a welcome that is not for this agent', () => {
  it.each(['agentId', 'workspaceId'])('with another %s is not stored', async (field) => {
    const before = rig.disk;

    const outcome = await rig.run({ relay: tamper('welcome', field) });

    expect(outcome.agent).toMatchObject({ reason: { code: 'server_not_trusted' } });
    expect(rig.disk).toBe(before);
  });

  it.each(['agentId', 'keyId', 'generation', 'epoch', 'issuedMs', 'signature'])(
    'with another %s in its join state is not stored',
    async (field) => {
      const before = rig.disk;
      const relay: Relay = (message) => {
        if (message['type'] !== 'welcome') return message;
        const joinState = message['joinState'] as Message;
        return { ...message, joinState: { ...joinState, [field]: otherText(joinState[field]) } };
      };

      const outcome = await rig.run({ relay });

      expect(outcome.agent).toMatchObject({ reason: { code: 'server_not_trusted' } });
      expect(rig.disk).toBe(before);
    },
  );

  it('an ack of another generation is not acknowledged', async () => {
    expect((await rig.run({ relay: tamper('ack', 'generation') })).server.status).toBe('rejected');
    expect(rig.record).toMatchObject({ ackedGeneration: 1, pendingGeneration: 2 });
  });
});

describe('failures of the server', () => {
  it('are told as try_later without words', async () => {
    const { store } = rig;
    store.findAgent = () => Promise.reject(new Error('password of the database'));

    const outcome = await rig.run();

    expect(outcome.agent).toMatchObject({ reason: { code: 'try_later' } });
    expect(JSON.stringify(outcome.transcript)).not.toContain('password');
  });

  it('messages that no parser takes are answered and change nothing', async () => {
    const { changes } = rig.store;
    const outcome = await rig.run({
      relay: (message, from) => (from === 'agent' ? { type: 'x' } : message),
    });

    expect(outcome.server).toMatchObject({ reason: { code: 'protocol_error' } });
    expect(outcome.agent).toMatchObject({ reason: { code: 'refused' } });
    expect(rig.store.changes).toBe(changes);
  });
});
