import {
  ChangeSetReceiptSchema,
  type ChangeSetReceipt,
  type SignedReceipt,
} from '@spt-flow/shared/agent-protocol/change-set';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Audit } from '../../lib/audit.ts';
import { parseBoundedJson } from '../../lib/bounded-json.ts';
import type { FindReceiptFault } from '../agents/index.ts';
import type { ChangeSetRow } from './change-sets-repository.ts';

/** How a change set ended, and who says so. */
export interface Ended {
  readonly receipt: ChangeSetReceipt;
  /** As the agent signed it; null for what the control plane knows by itself. */
  readonly signed: SignedReceipt | null;
}

export interface ReceiptDeps {
  readonly receiptFault: FindReceiptFault;
  readonly audit: Audit;
}

/**
 * acceptReceipt believes what the workspace's agent signed about this very change set. Anything else is written to the
 * audit log and refused; the change set stays undecided until the agent itself says how it ended.
 */
export async function acceptReceipt(
  deps: ReceiptDeps,
  signed: SignedReceipt,
  about: { row: ChangeSetRow; correlationId: string },
): Promise<Ended> {
  const { row, correlationId } = about;
  const receipt = readReceipt(signed);
  const fault =
    (await deps.receiptFault(row.workspaceId, signed)) ??
    (receipt?.id === row.id ? undefined : 'other_change_set');
  if (receipt && !fault) return { receipt, signed };
  await deps.audit.record({
    organizationId: row.organizationId,
    principal: 'system',
    action: 'change-set.receipt-refused',
    target: `change-set:${row.id}`,
    correlationId,
    detail: { workspaceId: row.workspaceId, fault, keyId: signed.keyId },
  });
  throw new AppError('receipt_not_genuine');
}

/** readReceipt is what somebody says, true or not. */
export function readReceipt({ text }: SignedReceipt): ChangeSetReceipt | undefined {
  try {
    return ChangeSetReceiptSchema.safeParse(parseBoundedJson(text)).data;
  } catch {
    // Not JSON: nothing that could be about a change set.
    return undefined;
  }
}
