import {
  ChangeSetReceiptSchema,
  type ChangeSetReceipt,
} from '@spt-flow/shared/agent-protocol/change-set';
import { readIfThere, writeDurably } from '../system/durable-file.ts';

/** The last receipt is kept, so that a change set that is sent twice is applied once. */
export async function readLastReceipt(path: string): Promise<ChangeSetReceipt | undefined> {
  const text = await readIfThere(path);
  return text === undefined ? undefined : ChangeSetReceiptSchema.parse(JSON.parse(text));
}

export async function writeLastReceipt(path: string, receipt: ChangeSetReceipt): Promise<void> {
  await writeDurably(path, JSON.stringify(receipt));
}
