import { ChangeSetReceiptSchema } from '@spt-flow/shared/agent-protocol/change-set';
import { readIfThere, removeDurably } from '../system/durable-file.ts';
import type { EventBuffer } from './event-buffer.ts';

/** Tells the control plane once what became of an interrupted change set, as soon as it listens. */
export async function reportRecovered(path: string, events: EventBuffer): Promise<void> {
  if (!events.hasListener) return;
  const text = await readIfThere(path);
  if (text === undefined) return;
  events.emit({ type: 'recovered', receipt: ChangeSetReceiptSchema.parse(JSON.parse(text)) });
  await removeDurably(path);
}
