import { ChangeSetReceiptSchema } from '@spt-flow/shared/agent-protocol/change-set';
import { readIfThere } from '../system/durable-file.ts';
import type { EventBuffer } from './event-buffer.ts';
import type { SignReceipt } from './sign-receipt.ts';

/**
 * Tells the control plane what became of an interrupted change set, each time it begins to listen: it may have ended
 * before it wrote the news down. They are told until the next change set begins, and count once, by id.
 */
export async function reportRecovered(
  path: string,
  events: EventBuffer,
  sign: SignReceipt,
): Promise<void> {
  if (!events.hasListener) return;
  const text = await readIfThere(path);
  if (text === undefined) return;
  const receipt = ChangeSetReceiptSchema.parse(JSON.parse(text));
  events.emit({ type: 'recovered', receipt: sign(receipt) });
}
