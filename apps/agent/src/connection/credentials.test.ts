import { beforeEach, describe, expect, it } from 'vitest';
import type { AgentState } from '@spt-flow/tunnel/handshake/agent';
import { generateSigningKey, hashJoinToken } from '@spt-flow/tunnel/handshake/crypto';
import { createCredentials } from './credentials.ts';
import type { Identity } from './identity.ts';

const TOKEN = 'sptf_join_0123456789012345678901234567890123456789';
const FORK_TOKEN = 'sptf_fork_0123456789012345678901234567890123456789';

const key = generateSigningKey();
const nextKey = generateSigningKey();
const state = { agentId: 'agent' } as AgentState;
let staged: boolean;
beforeEach(() => {
  staged = false;
});

function identity(change: Partial<Identity> = {}): Identity {
  return {
    ...{ key, keySinceMs: 0 },
    async stageNextKey() {
      staged = true;
      return nextKey;
    },
    dropNextKey: async () => undefined,
    confirm: async () => undefined,
    ...change,
  };
}

function credentials(joinToken: string | undefined, change: Partial<Identity> = {}) {
  return createCredentials({ joinToken, channelBinding: 'inner-kx' }, identity(change));
}

describe('an agent presents', () => {
  it('its token with its key, before it has joined', async () => {
    expect(await credentials(TOKEN).choose()).toEqual({
      credential: { mode: 'enrol', token: TOKEN, channelBinding: 'inner-kx' },
      key,
    });
  });

  it('its state, once it has joined, whatever token it was started with', async () => {
    expect(await credentials(TOKEN, { state }).choose()).toEqual({
      credential: { mode: 'auth', state },
      key,
    });
  });

  it('its next key first, and the one before when that is refused', async () => {
    const chosen = credentials(undefined, { state, nextKey });
    const first = await chosen.choose();

    expect(first.key).toBe(nextKey);
    expect(chosen.refused(first, 'refused')).toBe(true);
    const second = await chosen.choose();
    expect(second.key).toBe(key);
    expect(chosen.refused(second, 'refused')).toBe(false);
  });

  it.each(['refused', 'quarantined'])(
    'a token that it has not used with a key of its own, when its state is %s',
    async (code) => {
      const chosen = credentials(TOKEN, { state });
      expect(chosen.refused(await chosen.choose(), code)).toBe(false);

      expect(await chosen.choose()).toMatchObject({ credential: { mode: 'enrol' }, key: nextKey });
      expect(staged).toBe(true);
    },
  );

  it('its state again, when it was only put off', async () => {
    const chosen = credentials(TOKEN, { state });
    chosen.refused(await chosen.choose(), 'try_later');

    expect((await chosen.choose()).credential.mode).toBe('auth');
  });

  it('its state again, when the token is the one it joined with', async () => {
    const chosen = credentials(TOKEN, { state, joinedWith: hashJoinToken(TOKEN) });
    chosen.refused(await chosen.choose(), 'refused');

    expect((await chosen.choose()).credential.mode).toBe('auth');
  });

  it('a token for a fork at once, with a key that the machine it was copied from does not have', async () => {
    expect(await credentials(FORK_TOKEN, { state }).choose()).toMatchObject({
      credential: { mode: 'fork', token: FORK_TOKEN },
      key: nextKey,
    });
  });

  it('its state, once it is the fork that the token made', async () => {
    const joinedWith = hashJoinToken(FORK_TOKEN);

    expect((await credentials(FORK_TOKEN, { state, joinedWith }).choose()).credential.mode).toBe(
      'auth',
    );
  });

  it('nothing without state and token', async () => {
    await expect(credentials(undefined).choose()).rejects.toMatchObject({ isFinal: true });
  });
});
