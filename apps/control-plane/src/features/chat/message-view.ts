import type { messages } from '@spt-flow/db/schema';
import {
  PageProofSchema,
  TURN_STATES,
  TurnStepSchema,
  type Message,
} from '@spt-flow/shared/api/conversations';
import { z } from 'zod';

export type MessageRow = typeof messages.$inferSelect;

/** What is stored beside the text of a message. */
const MetadataSchema = z.object({
  steps: z.array(TurnStepSchema).default([]),
  choices: z.array(z.string()).default([]),
  changeSetId: z.string().nullable().default(null),
  proof: PageProofSchema.nullable().default(null),
  costMicros: z.number().default(0),
  state: z.enum(TURN_STATES).nullable().default(null),
});
export type MessageMetadata = z.input<typeof MetadataSchema>;

export function toMessage(row: MessageRow): Message {
  const { steps, choices, changeSetId, proof, costMicros, state } = MetadataSchema.parse(
    row.metadata,
  );
  return {
    id: row.id,
    role: row.role,
    content: row.content,
    clientMessageId: row.clientMessageId,
    turnId: row.turnId,
    steps,
    choices,
    changeSetId,
    ...(proof && { proof }),
    ...(costMicros > 0 && { costMicros }),
    state,
    tokensUsed: row.tokensUsed,
    createdAt: row.createdAt.toISOString(),
  };
}
