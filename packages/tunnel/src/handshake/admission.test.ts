import { describe, expect, it } from 'vitest';
import { type AgentRecord, judge, nextGeneration, type Quarantine } from './admission.ts';

const here = { bootId: 'boot-1', machineFingerprint: 'machine-1' };
const rebooted = { ...here, bootId: 'boot-2' };
const elsewhere = { bootId: 'boot-3', machineFingerprint: 'machine-3' };

const record: AgentRecord = {
  workspaceId: 'workspace',
  revision: 1,
  revoked: false,
  channelBinding: 'none',
  clonePolicy: 'reject',
  keyState: 'current',
  ackedGeneration: 10,
  pendingGeneration: null,
  machine: here,
  isLive: false,
  quarantine: null,
};

function quarantine(change: Partial<Quarantine> = {}): Quarantine {
  return { state: 'open', kind: 'second_machine', generation: 10, ...elsewhere, ...change };
}

interface Shown {
  readonly generation?: number;
  readonly epoch?: number;
  readonly machine?: typeof here;
  /** Whose state it is. */
  readonly stateKeyId?: string;
}

function verdict(change: Partial<AgentRecord>, presented: Shown = {}) {
  const { generation = 10, epoch = 2, machine = here, stateKeyId = 'key' } = presented;
  const joinState = {
    agentId: 'agent',
    keyId: stateKeyId,
    generation,
    epoch,
    issuedMs: 0,
    signature: '',
  };
  return judge({ ...record, ...change }, { keyId: 'key', joinState, machine }, 2);
}

describe('an agent is let in', () => {
  it.each([
    ['with the acknowledged state', {}, {}, { ackedGeneration: 10, generation: 11 }],
    [
      'with the acknowledged state, though a newer one was sent, which is never sent again',
      { pendingGeneration: 11 },
      {},
      { ackedGeneration: 10, generation: 12 },
    ],
    [
      'with the state whose acknowledgement was lost',
      { pendingGeneration: 11 },
      { generation: 11 },
      { ackedGeneration: 11, generation: 12 },
    ],
    ['with its next key', { keyState: 'next' as const }, {}, { generation: 11 }],
    ['after a reboot', {}, { machine: rebooted }, { generation: 11 }],
    ['on another machine when it lives nowhere', {}, { machine: elsewhere }, { generation: 11 }],
    ['in place of its own half-open connection', { isLive: true }, {}, { generation: 11 }],
    [
      'ahead of a database that was restored since',
      {},
      { generation: 20, epoch: 1 },
      { ackedGeneration: 20, generation: 21, remark: 'restored' },
    ],
    [
      'with a key that the restored database has forgotten',
      { keyState: 'unknown' as const },
      { generation: 20, epoch: 1 },
      { generation: 21, remark: 'restored' },
    ],
    [
      'while a copy of another machine is detained',
      { isLive: true, quarantine: quarantine() },
      {},
      { generation: 11, endsQuarantine: false },
    ],
    [
      'after a reboot, while a copy with another fingerprint is detained',
      { quarantine: quarantine() },
      { machine: rebooted },
      { generation: 11 },
    ],
    [
      'once the connection that was suspected of being alive is gone',
      { quarantine: quarantine({ state: 'suspected' }) },
      { machine: elsewhere },
      { generation: 11, endsQuarantine: true },
    ],
  ])('%s', (_name, row, presented, expected) => {
    expect(verdict(row, presented)).toMatchObject({ outcome: 'admit', ...expected });
  });

  it('when a person released its old state, and everybody else is old then', () => {
    const released = quarantine({ state: 'released', kind: 'stale_generation', generation: 4 });

    expect(verdict({ quarantine: released, isLive: true }, { generation: 4 })).toEqual({
      outcome: 'admit',
      ackedGeneration: 11,
      generation: 12,
      remark: 'released',
      endsQuarantine: true,
    });
  });

  it('when a person released a second machine with the same state', () => {
    const row = { quarantine: quarantine({ state: 'released' }), isLive: true };

    expect(verdict(row, { machine: elsewhere })).toMatchObject({
      outcome: 'admit',
      remark: 'released',
      endsQuarantine: true,
    });
  });

  it.each([
    ['a second machine', { isLive: true }, { machine: elsewhere }, { ackedGeneration: 10 }],
    ['a restored disk', {}, { generation: 4 }, { ackedGeneration: 11, generation: 12 }],
  ])('by the policy replace: %s', (_name, row, presented, expected) => {
    expect(verdict({ clonePolicy: 'replace', ...row }, presented)).toMatchObject({
      outcome: 'admit',
      remark: 'replaced',
      ...expected,
    });
  });
});

const REFUSALS: [string, Partial<AgentRecord>, Shown, object][] = [
  ['when it was revoked', { revoked: true }, {}, { code: 'refused' }],
  [
    'when it was revoked, whatever it shows',
    { revoked: true },
    { generation: 4 },
    { code: 'refused' },
  ],
  [
    'with an earlier key',
    { keyState: 'retired' as const },
    {},
    { code: 'refused', incident: 'retired_key' },
  ],
  ['with a key that nobody knows', { keyState: 'unknown' as const }, {}, { code: 'refused' }],
  [
    'with a key that nobody knows, though ahead, in the same epoch',
    { keyState: 'unknown' as const },
    { generation: 20 },
    { code: 'refused' },
  ],
  [
    'with a key that nobody knows and the state of another',
    { keyState: 'unknown' as const },
    { generation: 20, epoch: 1, stateKeyId: 'other' },
    { code: 'refused' },
  ],
  [
    'ahead of the database, until the epoch is raised',
    {},
    { generation: 11 },
    { code: 'try_later', incident: 'generation_ahead' },
  ],
  [
    'with an old state',
    {},
    { generation: 9 },
    {
      code: 'quarantined',
      incident: 'stale_generation',
      quarantine: { state: 'open', generation: 9 },
    },
  ],
  [
    'with a state that was sent, then sent anew to a copy',
    { pendingGeneration: 12 },
    { generation: 11 },
    { code: 'quarantined', incident: 'stale_generation' },
  ],
  [
    'on a second machine, until the first was asked whether it lives',
    { isLive: true },
    { machine: elsewhere },
    { code: 'try_later', quarantine: { state: 'suspected', kind: 'second_machine' } },
  ],
  [
    'on a second machine that is detained, also once the first is gone',
    { quarantine: quarantine() },
    { machine: elsewhere },
    { code: 'quarantined' },
  ],
  [
    'on a third machine with the state of a detained copy',
    { quarantine: quarantine() },
    { machine: { bootId: 'boot-4', machineFingerprint: 'machine-4' } },
    { code: 'quarantined', incident: 'second_machine' },
  ],
  [
    'after a reboot, when a copy of the whole disk is detained: which is which, nobody can tell',
    { quarantine: quarantine({ machineFingerprint: here.machineFingerprint }) },
    { machine: rebooted },
    { code: 'quarantined', incident: 'second_machine' },
  ],
  [
    'with an old state, by the policy fork',
    { clonePolicy: 'fork' as const },
    { generation: 9 },
    { code: 'fork_required', incident: 'stale_generation' },
  ],
  [
    'with an old state while it lives, by the policy replace: two would replace each other for ever',
    { clonePolicy: 'replace' as const, isLive: true },
    { generation: 9 },
    { code: 'quarantined' },
  ],
  [
    'with another old state than the one that was released',
    { quarantine: quarantine({ state: 'released', generation: 4 }) },
    { generation: 5 },
    { code: 'quarantined' },
  ],
];

describe('an agent is refused', () => {
  it.each(REFUSALS)('%s', (_name, row, presented, expected) => {
    expect(verdict(row, presented)).toMatchObject({ outcome: 'refuse', ...expected });
  });

  it('without a new incident when the same copy tries again', () => {
    const known = quarantine({ kind: 'stale_generation', generation: 9, ...here });

    expect(verdict({ quarantine: known }, { generation: 9 })).toEqual({
      outcome: 'refuse',
      code: 'quarantined',
      retryAfterSeconds: 300,
    });
  });
});

it('no generation is given out twice', () => {
  expect(nextGeneration({ ackedGeneration: 10, pendingGeneration: null })).toBe(11);
  expect(nextGeneration({ ackedGeneration: 10, pendingGeneration: 14 })).toBe(15);
});
