import type { ChangeSetReceipt, SignedReceipt } from '@spt-flow/shared/agent-protocol/change-set';
import { signReceipt } from '@spt-flow/tunnel/handshake/receipt-signature';
import type { Self } from './self.ts';

export type SignReceipt = (receipt: ChangeSetReceipt) => SignedReceipt;

/** Receipts are signed when they are sent, with the key that the control plane knows by then. */
export function createReceiptSigner({ identity }: Pick<Self, 'identity'>): SignReceipt {
  return (receipt) => signReceipt(identity.key, JSON.stringify(receipt));
}
