import type { Attachment, Plan } from '@spt-flow/shared/api/conversations';
import { metadataOf, type MessageRow } from './message-view.ts';
import { isLarge, type Planning, type PlanningState } from './pipeline/planning.ts';
import { planText, questionsText } from './pipeline/plan-text.ts';
import type { ChatLine, TurnInput } from './pipeline/turn-types.ts';
import type { ImagePart } from './providers/model-provider.ts';

/** Before those that the model sees whole. */
export const EARLIER_MESSAGES = 60;

/** Of a request and what was said before it, the newest first: each one costs with every round. */
const MAX_SEEN_PICTURES = 4;

export interface Recalled extends Pick<TurnInput, 'history' | 'earlierRequests'> {
  /** What the last answer left open. */
  readonly planning: PlanningState | null;
}

/** picturesToSee chooses what the model gets to see, by message; `rows` are oldest first. */
export function picturesToSee(rows: readonly MessageRow[]): Map<string, readonly Attachment[]> {
  const chosen = new Map<string, readonly Attachment[]>();
  let left = MAX_SEEN_PICTURES;
  for (const row of rows.toReversed()) {
    const pictures = metadataOf(row).attachments.slice(0, left);
    if (pictures.length > 0) chosen.set(row.id, pictures);
    left -= pictures.length;
  }
  return chosen;
}

export interface RecallOptions {
  /** Before the request, given whole. */
  readonly historyMessages: number;
  /** By message. */
  readonly images: ReadonlyMap<string, readonly ImagePart[]>;
}

/** recall makes of stored messages, oldest first, what the model gets to see of them. */
export function recall(
  rows: readonly MessageRow[],
  { historyMessages, images }: RecallOptions,
): Recalled {
  const lines = rows.flatMap((row): ChatLine[] =>
    row.role === 'system'
      ? []
      : [{ role: row.role, text: textOf(row), images: images.get(row.id) ?? [] }],
  );
  const earlier = lines.slice(0, -historyMessages).filter(({ role }) => role === 'user');
  // What failed or was stopped decided nothing.
  const last = rows.findLast((row) => row.role === 'assistant' && metadataOf(row).state === 'done');
  return {
    history: lines.slice(-historyMessages),
    earlierRequests: earlier.map(({ text }) => text),
    planning: last ? metadataOf(last).planning : null,
  };
}

function textOf(row: MessageRow): string {
  const { questions, planning } = metadataOf(row);
  const plan: Plan | null | undefined = questions.length === 0 ? planning?.plan : null;
  return [row.content, questionsText(questions), plan ? planText(plan) : '']
    .filter((part) => part !== '')
    .join('\n\n');
}

/** planningOf is what kind of turn a request asks for. */
export function planningOf(
  request: MessageRow,
  before: PlanningState | null,
  { templatesOnly }: { readonly templatesOnly: boolean },
): Planning {
  const { verdict, planFirst } = metadataOf(request);
  if (verdict?.decision === 'approve') return 'approved';
  if (before !== null) return before;
  // A template is small enough to be built at once.
  const isPlanned = planFirst || (!templatesOnly && isLarge(request.content));
  return isPlanned ? { asked: false, plan: null } : null;
}
