import type { AgentRecord, IncidentKind, Quarantine, Verdict } from './admission.ts';
import type { ChannelBinding, MachineFacts } from './messages.ts';

export interface EnrolRequest extends MachineFacts {
  readonly mode: 'enrol' | 'fork';
  /** As `hashJoinToken` gives it. */
  readonly tokenHash: string;
  readonly publicKeySpki: string;
  readonly keyId: string;
  /** The token must be meant for this one. */
  readonly channelBinding: ChannelBinding;
}

/** `enrolled` also for the same key and token again before the first ack: the same agent, a newer generation. */
export type EnrolResult =
  | {
      readonly outcome: 'enrolled';
      readonly agentId: string;
      readonly workspaceId: string;
      readonly generation: number;
    }
  | { readonly outcome: 'invalid' }
  | { readonly outcome: 'reused'; readonly agentId: string };

export interface AdmissionChange {
  readonly agentId: string;
  /** What was judged: the row must still be at its revision, or nothing changes. */
  readonly record: AgentRecord;
  readonly verdict: Extract<Verdict, { outcome: 'admit' }>;
  /** The key that was proved: it becomes the agent's only one. */
  readonly keyId: string;
  readonly publicKeySpki: string;
}

export interface Acknowledgement {
  readonly agentId: string;
  readonly generation: number;
  /** From now on this session owns the agent. */
  readonly sessionId: string;
  readonly machine: MachineFacts;
  readonly endsQuarantine: boolean;
}

/** Each runs only after the agent proved its key; each change compares, sets and is recorded as one. */
export interface HandshakeStore {
  findAgent(agentId: string, keyId: string): Promise<AgentRecord | null>;
  /** Consumes the token and inserts agent and key in one transaction. */
  enrol(request: EnrolRequest): Promise<EnrolResult>;
  /** False when another connection was faster. */
  admit(change: AdmissionChange): Promise<boolean>;
  /** Nothing happens when the row is not at this revision any more. */
  quarantine(agentId: string, revision: number, quarantine: Quarantine): Promise<void>;
  /** Makes this pending generation the acked one; false when it is not pending any more, or was revoked. */
  acknowledge(acknowledgement: Acknowledgement): Promise<boolean>;
}

/** Something that a person should look at; only ever caused by who holds a key. */
export interface HandshakeIncident {
  readonly kind: IncidentKind;
  readonly agentId: string;
  readonly machine: MachineFacts;
}
