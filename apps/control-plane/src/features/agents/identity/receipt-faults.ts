import type { SignedReceipt } from '@spt-flow/shared/agent-protocol/change-set';
import { isReceiptOf } from '@spt-flow/tunnel/handshake/receipt-signature';
import type { AgentKeysRepository } from './agent-keys-repository.ts';

/** Why a receipt is not what the workspace's agent says of a change set. */
type ReceiptFault = 'unknown_key' | 'retired_key' | 'other_workspace' | 'wrong_signature';

export type FindReceiptFault = (
  workspaceId: string,
  signed: SignedReceipt,
) => Promise<ReceiptFault | undefined>;

/** createReceiptFaults tells what is wrong with a receipt: it must be signed with an enrolled key of the workspace's agent. */
export function createReceiptFaults(keys: Pick<AgentKeysRepository, 'find'>): FindReceiptFault {
  return async (workspaceId, signed) => {
    const found = await keys.find(signed.keyId);
    if (!found) return 'unknown_key';
    const { key, agent } = found;
    if (agent.workspaceId !== workspaceId) return 'other_workspace';
    if (key.state === 'retired' || agent.revokedAt) return 'retired_key';
    return isReceiptOf(key.publicKey, signed) ? undefined : 'wrong_signature';
  };
}
