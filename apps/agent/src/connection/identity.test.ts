import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentState } from '@spt-flow/tunnel/handshake/agent';
import { generateSigningKey } from '@spt-flow/tunnel/handshake/crypto';
import { openIdentity } from './identity.ts';

const id = '00000000-0000-4000-8000-000000000001';
const state: AgentState = {
  agentId: id,
  workspaceId: id,
  controlPlaneId: id,
  channelBinding: 'inner-kx',
  joinState: {
    agentId: id,
    keyId: 'A'.repeat(43),
    generation: 3,
    epoch: 1,
    issuedMs: 1,
    signature: 'A'.repeat(86),
  },
};

let directory: string;
let nowMs: number;
beforeEach(async () => {
  nowMs = 1_000;
  directory = await mkdtemp(join(tmpdir(), 'spt-identity-'));
});
afterEach(() => rm(directory, { recursive: true }));

function open() {
  return openIdentity(join(directory, 'identity.json'), () => nowMs);
}

describe('the identity of an agent', () => {
  it('is made once and for its user alone', async () => {
    const first = await open();
    const again = await open();

    expect(again.key.keyId).toBe(first.key.keyId);
    expect(again.keySinceMs).toBe(1_000);
    expect(again.state).toBeUndefined();
    expect((await stat(join(directory, 'identity.json'))).mode & 0o777).toBe(0o600);
  });

  it('remembers what was confirmed and the token that it joined with', async () => {
    const identity = await open();
    await identity.confirm(identity.key, state, 'token');

    expect(await open()).toMatchObject({ state, joinedWith: 'token' });
  });

  it('has its next key on the disk before anybody hears of it, and the same one until it is in use', async () => {
    const identity = await open();
    const next = await identity.stageNextKey();

    expect((await open()).nextKey?.keyId).toBe(next.keyId);
    expect((await (await open()).stageNextKey()).keyId).toBe(next.keyId);
    expect((await open()).key.keyId).toBe(identity.key.keyId);
  });

  it('has one key again once the next one is confirmed', async () => {
    const identity = await open();
    const next = await identity.stageNextKey();
    nowMs = 2_000;

    await identity.confirm(next, state);

    const stored = await open();
    expect([stored.key.keyId, stored.nextKey, stored.keySinceMs]).toEqual([
      next.keyId,
      undefined,
      2_000,
    ]);
  });

  it('keeps a next key that is not confirmed', async () => {
    const identity = await open();
    const next = await identity.stageNextKey();

    await identity.confirm(identity.key, state);

    expect((await open()).nextKey?.keyId).toBe(next.keyId);
  });

  it('makes another next key once one was not taken', async () => {
    const identity = await open();
    const refused = await identity.stageNextKey();

    await identity.dropNextKey();

    expect((await open()).nextKey).toBeUndefined();
    expect((await identity.stageNextKey()).keyId).not.toBe(refused.keyId);
  });

  it('is not what another file says', async () => {
    await open();
    const text = await readFile(join(directory, 'identity.json'), 'utf8');

    expect(text).not.toContain(generateSigningKey().keyId);
    expect(JSON.parse(text)).toMatchObject({ key: expect.stringMatching(/^MC4C/) });
  });
});
