import type { Plan, Question } from '@spt-flow/shared/api/conversations';

/** planText is a plan in words, for the model and for those who read the conversation as text. */
export function planText({ title, pages, data, behaviour, leftOut }: Plan): string {
  const parts = [
    list('Pages', pages),
    list('Data', data),
    list('Behaviour', behaviour),
    list('Left out', leftOut),
  ].filter((part) => part !== null);
  return [`Plan: ${title}`, ...parts].join('\n\n');
}

/** questionsText is several questions in words. */
export function questionsText(questions: readonly Question[]): string {
  return questions
    .map(({ question, choices }, index) => {
      const offered = choices.length > 0 ? ` (${choices.join(' / ')})` : '';
      return `${index + 1}. ${question}${offered}`;
    })
    .join('\n');
}

function list(title: string, lines: readonly string[]): string | null {
  return lines.length === 0 ? null : `${title}:\n${lines.map((line) => `- ${line}`).join('\n')}`;
}
