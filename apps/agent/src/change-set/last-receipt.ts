import {
  ChangeSetReceiptSchema,
  type ChangeSetReceipt,
} from '@spt-flow/shared/agent-protocol/change-set';
import { readIfThere, writeDurably } from '../system/durable-file.ts';
import { systemCode } from '../system/errors.ts';

/** The last receipt is kept, so that a change set that is sent twice is applied once. A damaged one is as good as none. */
export async function readLastReceipt(path: string): Promise<ChangeSetReceipt | undefined> {
  try {
    return ChangeSetReceiptSchema.parse(JSON.parse((await readIfThere(path)) ?? 'null'));
  } catch (error) {
    if (systemCode(error) !== undefined) throw error;
    return undefined;
  }
}

export async function writeLastReceipt(path: string, receipt: ChangeSetReceipt): Promise<void> {
  await writeDurably(path, JSON.stringify(receipt));
}
