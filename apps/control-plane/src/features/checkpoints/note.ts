import type { ChangeSet } from '@spt-flow/shared/api/change-sets';

const SHOWN = 10;

/** noteOf is what the conversation says about going back, and what later prompts must know of it. */
export function noteOf({
  title,
  undone,
  receipt,
}: {
  title: string;
  /** Summaries, oldest first. */
  undone: readonly string[];
  receipt: ChangeSet;
}) {
  const changeSetId = receipt.id;
  if (receipt.outcome !== 'committed') {
    const content = `Going back to ${title} did not work: the app did not run that way. It is as it was.`;
    return { content, changeSetId, decision: `Going back to ${title} failed and changed nothing` };
  }
  const lines = undone
    .toReversed()
    .slice(0, SHOWN)
    .map((summary) => `- ${summary.split('\n')[0] ?? ''}`);
  const rest = undone.length > SHOWN ? [`- and ${undone.length - SHOWN} more`] : [];
  const content = [`Went back to ${title}. Undone:`, '', ...lines, ...rest];
  return {
    content: content.join('\n'),
    changeSetId,
    decision: `Went back to ${title}, which undid: ${undone.join('; ')}`.slice(0, 1000),
  };
}
