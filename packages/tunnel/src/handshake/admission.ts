import {
  type ChannelBinding,
  isSameMachine,
  type JoinState,
  type Machine,
  type RefusalCode,
} from './messages.ts';

/** What becomes of a second machine with an agent's identity, or of a restored disk. */
export type ClonePolicy = 'reject' | 'replace' | 'fork';

/**
 * Quarantine is an instance of an agent that may not connect: `suspected` until the live connection has been asked
 * whether it lives, `open` until a person decides, `released` when that person let it in.
 */
export interface Quarantine extends Machine {
  readonly state: 'suspected' | 'open' | 'released';
  readonly kind: 'stale_generation' | 'second_machine';
  readonly generation: number;
}

export interface AgentRecord {
  readonly workspaceId: string;
  /** Grows with every change of what is below: changes compare and set it. */
  readonly revision: number;
  readonly revoked: boolean;
  readonly channelBinding: ChannelBinding;
  readonly clonePolicy: ClonePolicy;
  /** What the key that was asked for is to this agent. */
  readonly keyState: 'current' | 'next' | 'retired' | 'unknown';
  readonly ackedGeneration: number;
  readonly pendingGeneration: number | null;
  /** Where it ran when it was last let in. */
  readonly machine: Machine;
  /** A connection of it was heard of a moment ago. */
  readonly isLive: boolean;
  readonly quarantine: Quarantine | null;
}

/** What an agent that has proved its key shows; the join state is known to be of this control plane. */
export interface Presentation {
  readonly keyId: string;
  readonly joinState: JoinState;
  readonly machine: Machine;
}

export type IncidentKind =
  'stale_generation' | 'generation_ahead' | 'token_reused' | 'retired_key' | 'second_machine';

export type Verdict =
  | {
      readonly outcome: 'admit';
      /** What the agent proved to have stored, or what nobody has. */
      readonly ackedGeneration: number;
      readonly generation: number;
      readonly remark: 'restored' | 'replaced' | 'released' | undefined;
      /** The quarantine was about this instance, and is over once it has acknowledged. */
      readonly endsQuarantine: boolean;
    }
  | {
      readonly outcome: 'refuse';
      readonly code: RefusalCode;
      readonly retryAfterSeconds?: number;
      readonly incident?: IncidentKind;
      readonly quarantine?: Quarantine;
    };

type Admission = Extract<Verdict, { outcome: 'admit' }>;

/** As long as the live connection may take to answer whether it lives. */
const SUSPICION_SECONDS = 3;
const QUARANTINE_SECONDS = 300;
const AHEAD_SECONDS = 60;

/** The next generation of an agent; none is given out twice, so two copies never hold the same one. */
export function nextGeneration(
  record: Pick<AgentRecord, 'ackedGeneration' | 'pendingGeneration'>,
): number {
  return newestGeneration(record) + 1;
}

/** Judges who has proved a key, in this order: revocation, key, join state, other machines. Changes nothing. */
export function judge(record: AgentRecord, presented: Presentation, epoch: number): Verdict {
  const { joinState } = presented;
  if (record.revoked) return { outcome: 'refuse', code: 'refused' };
  if (record.keyState === 'retired') {
    return { outcome: 'refuse', code: 'refused', incident: 'retired_key' };
  }
  const newest = newestGeneration(record);
  const isAhead = joinState.generation > newest;
  const wasRestored = isAhead && joinState.epoch < epoch;
  // A restored database may have forgotten the newest key; the control plane's own signature vouches for it.
  const isVouched = wasRestored && joinState.keyId === presented.keyId;
  if (record.keyState === 'unknown' && !isVouched) return { outcome: 'refuse', code: 'refused' };
  if (wasRestored) return judgeCurrent(record, presented, 'restored');
  if (isAhead) {
    const incident = 'generation_ahead';
    return { outcome: 'refuse', code: 'try_later', retryAfterSeconds: AHEAD_SECONDS, incident };
  }
  const { ackedGeneration, pendingGeneration } = record;
  const isCurrent = [ackedGeneration, pendingGeneration].includes(joinState.generation);
  return isCurrent
    ? judgeCurrent(record, presented, undefined)
    : judgeStale(record, presented, newest);
}

function newestGeneration(
  record: Pick<AgentRecord, 'ackedGeneration' | 'pendingGeneration'>,
): number {
  return Math.max(record.ackedGeneration, record.pendingGeneration ?? 0);
}

/** An old state: of a restored disk, or of a copy. */
function judgeStale(record: AgentRecord, presented: Presentation, newest: number): Verdict {
  // Nobody has the acked one, so whoever has a newer state than this instance is the stale one now.
  const admission = { ackedGeneration: newest + 1, generation: newest + 2 };
  if (isReleased(record, presented))
    return admit(record, presented, { ...admission, remark: 'released' });
  // Two copies would replace each other for ever, so the one that lives stays.
  const mayReplace = record.clonePolicy === 'replace' && !record.isLive;
  if (mayReplace) return admit(record, presented, { ...admission, remark: 'replaced' });
  return detain(record, presented, 'stale_generation');
}

/** A current state: of the agent, or of a copy that was made a moment ago. */
function judgeCurrent(
  record: AgentRecord,
  presented: Presentation,
  remark: Admission['remark'],
): Verdict {
  const { machine, joinState } = presented;
  const ackedGeneration = joinState.generation;
  const generation = Math.max(nextGeneration(record), ackedGeneration + 1);
  const admission = { ackedGeneration, generation, remark };
  if (isDetained(record, presented)) return detain(record, presented, 'second_machine');
  if (isSameMachine(record.machine, machine) || !record.isLive) {
    return admit(record, presented, admission);
  }
  if (record.clonePolicy === 'replace') {
    return admit(record, presented, { ...admission, remark: 'replaced' });
  }
  if (isReleased(record, presented)) {
    return admit(record, presented, { ...admission, remark: 'released' });
  }
  const quarantine = quarantineOf(presented, { kind: 'second_machine', state: 'suspected' });
  const refusal = {
    outcome: 'refuse',
    code: 'try_later',
    retryAfterSeconds: SUSPICION_SECONDS,
  } as const;
  return isKnown(record.quarantine, quarantine) ? refusal : { ...refusal, quarantine };
}

function admit(
  { quarantine }: AgentRecord,
  { machine }: Presentation,
  admission: Pick<Admission, 'ackedGeneration' | 'generation' | 'remark'>,
): Verdict {
  const wasSuspected = quarantine?.state === 'suspected' && isSameMachine(quarantine, machine);
  const endsQuarantine = admission.remark === 'released' || wasSuspected;
  return { outcome: 'admit', ...admission, endsQuarantine };
}

function isReleased({ quarantine }: AgentRecord, { joinState }: Presentation): boolean {
  return quarantine?.state === 'released' && quarantine.generation === joinState.generation;
}

/** Once two machines had the same state, only the one that was there first may use it. */
function isDetained({ quarantine, machine }: AgentRecord, presented: Presentation): boolean {
  if (quarantine?.state !== 'open' || quarantine.kind !== 'second_machine') return false;
  if (presented.joinState.generation > quarantine.generation) return false;
  if (isSameMachine(presented.machine, machine)) return false;
  const isCopyOfDisk = quarantine.machineFingerprint === machine.machineFingerprint;
  return isCopyOfDisk || presented.machine.machineFingerprint !== machine.machineFingerprint;
}

function detain(record: AgentRecord, presented: Presentation, kind: Quarantine['kind']): Verdict {
  const code = record.clonePolicy === 'fork' ? 'fork_required' : 'quarantined';
  const refusal = { outcome: 'refuse', code, retryAfterSeconds: QUARANTINE_SECONDS } as const;
  const quarantine = quarantineOf(presented, { kind, state: 'open' });
  return isKnown(record.quarantine, quarantine)
    ? refusal
    : { ...refusal, incident: kind, quarantine };
}

function quarantineOf(
  { joinState, machine }: Presentation,
  what: Pick<Quarantine, 'kind' | 'state'>,
): Quarantine {
  const { bootId, machineFingerprint } = machine;
  return { ...what, generation: joinState.generation, bootId, machineFingerprint };
}

/** A copy that tries again is no news. */
function isKnown(known: Quarantine | null, found: Quarantine): boolean {
  const isSameState = known?.state === found.state && known.generation === found.generation;
  return isSameState && isSameMachine(known, found);
}
