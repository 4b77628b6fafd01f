import type { messages } from '@spt-flow/db/schema';
import {
  AttachmentSchema,
  PageProofSchema,
  PlanSchema,
  QuestionSchema,
  TURN_STATES,
  TurnStepSchema,
  VerdictSchema,
  type Message,
} from '@spt-flow/shared/api/conversations';
import * as z from 'zod';

/** Without its words for the search, which are as long as the text. */
export type MessageRow = Omit<typeof messages.$inferSelect, 'words'>;

/** What is stored beside the text of a message. */
const MetadataSchema = z.object({
  steps: z.array(TurnStepSchema).default([]),
  choices: z.array(z.string()).default([]),
  questions: z.array(QuestionSchema).default([]),
  /** Of an answer: a plan is to be made or approved. */
  planning: z.object({ asked: z.boolean(), plan: PlanSchema.nullable() }).nullable().default(null),
  /** Of a request. */
  attachments: z.array(AttachmentSchema).default([]),
  planFirst: z.boolean().default(false),
  verdict: VerdictSchema.optional(),
  changeSetId: z.string().nullable().default(null),
  proof: PageProofSchema.nullable().default(null),
  costMicros: z.number().default(0),
  state: z.enum(TURN_STATES).nullable().default(null),
});
export type MessageMetadata = z.input<typeof MetadataSchema>;

export function metadataOf({ metadata }: MessageRow): z.output<typeof MetadataSchema> {
  return MetadataSchema.parse(metadata);
}

/** `versions`: all that stand in the place of the message, if there are others. */
export function toMessage(row: MessageRow, versions?: readonly string[]): Message {
  const metadata = metadataOf(row);
  const { steps, choices, questions, planning, attachments } = metadata;
  const { changeSetId, proof, costMicros, state } = metadata;
  const plan = questions.length === 0 ? planning?.plan : null;
  return {
    id: row.id,
    role: row.role,
    content: row.content,
    clientMessageId: row.clientMessageId,
    turnId: row.turnId,
    ...(attachments.length > 0 && { attachments }),
    ...(versions && { versions: [...versions] }),
    steps,
    choices,
    ...(questions.length > 0 && { questions }),
    ...(plan && { plan }),
    changeSetId,
    ...(proof && { proof }),
    ...(costMicros > 0 && { costMicros }),
    state,
    tokensUsed: row.tokensUsed,
    createdAt: row.createdAt.toISOString(),
  };
}
