import type { ChangeSet } from '@spt-flow/shared/api/change-sets';

const SHOWN = 10;

interface Return {
  readonly title: string;
  /** Summaries, oldest first. */
  readonly undone: readonly string[];
}

/** decisionOf is what later prompts must know of going back. */
export function decisionOf({ title, undone }: Return): string {
  return `Went back to ${title}, which undid: ${undone.join('; ')}`.slice(0, 1000);
}

/** noteOf is what the conversation says about going back, and what later prompts must know of it. */
export function noteOf({ title, undone, receipt }: Return & { readonly receipt: ChangeSet }) {
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
    decision: decisionOf({ title, undone }),
  };
}
