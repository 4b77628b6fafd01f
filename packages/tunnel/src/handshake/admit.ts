import { type AgentRecord, judge } from './admission.ts';
import { hashJoinToken, keyIdOf, type SigningKey } from './crypto.ts';
import {
  type AuthHello,
  type EnrolHello,
  HandshakeRefusedError,
  type Hello,
  type JoinState,
  machineOf,
  type Proof,
  type RefusalCode,
} from './messages.ts';
import type { HandshakeIncident, HandshakeStore } from './store.ts';
import { hashJoinState, isJoinStateOf } from './join-state.ts';

export interface AdmissionDeps {
  readonly store: HandshakeStore;
  readonly key: SigningKey;
  readonly controlPlaneEpoch: number;
  readonly allowsUnbound: boolean;
  onIncident(incident: HandshakeIncident): void;
}

export interface Admitted {
  readonly agentId: string;
  readonly workspaceId: string;
  readonly keyId: string;
  readonly generation: number;
  readonly endsQuarantine: boolean;
}

/** Lets in who has proved a key, or throws HandshakeRefusedError. Nothing was changed before this. */
export async function admitAgent(
  deps: AdmissionDeps,
  hello: Hello,
  proof: Proof,
): Promise<Admitted> {
  if (hello.channelBinding === 'none' && !deps.allowsUnbound) return refuse('refused');
  return hello.mode === 'auth' ? admitKnown(deps, hello, proof) : admitNewcomer(deps, hello, proof);
}

async function admitKnown(deps: AdmissionDeps, hello: AuthHello, proof: Proof): Promise<Admitted> {
  const { store } = deps;
  const { agentId, workspaceId, publicKey: publicKeySpki } = hello;
  const keyId = keyIdOf(publicKeySpki);
  const record = await store.findAgent(agentId, keyId);
  const { joinState } = proof;
  if (!record || !isPolicyOf(record, hello)) return refuse('refused');
  if (!joinState || !isShownState(deps, hello, joinState)) return refuse('refused');
  const machine = machineOf(hello);
  const verdict = judge(record, { keyId, joinState, machine }, deps.controlPlaneEpoch);
  if (verdict.outcome === 'refuse') {
    const { quarantine, incident, code, retryAfterSeconds } = verdict;
    if (quarantine) await store.quarantine(agentId, record.revision, quarantine);
    if (incident) deps.onIncident({ kind: incident, agentId, machine });
    return refuse(code, retryAfterSeconds);
  }
  const change = { agentId, record, verdict, keyId, publicKeySpki };
  if (!(await store.admit(change))) return refuse('try_later');
  const { generation, endsQuarantine } = verdict;
  return { agentId, workspaceId, keyId, generation, endsQuarantine };
}

function isPolicyOf(record: AgentRecord, hello: AuthHello): boolean {
  return record.channelBinding === hello.channelBinding && record.workspaceId === hello.workspaceId;
}

/** The document is the one whose hash was signed, and this control plane made it for this agent. */
function isShownState({ key }: AdmissionDeps, hello: AuthHello, joinState: JoinState): boolean {
  return (
    joinState.agentId === hello.agentId &&
    joinState.generation === hello.generation &&
    hashJoinState(joinState) === hello.joinStateHash &&
    isJoinStateOf(key.publicKeySpki, joinState)
  );
}

async function admitNewcomer(
  { store, onIncident }: AdmissionDeps,
  hello: EnrolHello,
  { token }: Proof,
): Promise<Admitted> {
  if (token === undefined || hashJoinToken(token) !== hello.tokenId) return refuse('token_invalid');
  const { mode, tokenId: tokenHash, publicKey: publicKeySpki, channelBinding } = hello;
  const keyId = keyIdOf(publicKeySpki);
  const machine = machineOf(hello);
  const request = { mode, tokenHash, publicKeySpki, keyId, channelBinding, ...machine };
  const result = await store.enrol(request);
  if (result.outcome === 'reused') {
    onIncident({ kind: 'token_reused', agentId: result.agentId, machine });
  }
  if (result.outcome !== 'enrolled') return refuse('token_invalid');
  const { agentId, workspaceId, generation } = result;
  return { agentId, workspaceId, keyId, generation, endsQuarantine: true };
}

function refuse(code: RefusalCode, retryAfterSeconds?: number): never {
  throw new HandshakeRefusedError(code, retryAfterSeconds);
}
