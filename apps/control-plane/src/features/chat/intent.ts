import { PIPELINE_MARK } from './providers/pipeline-mark.ts';

/** In nine languages; of a whole app or a part of it. */
const UNDO =
  /\b(?:undo|revert|roll ?back|take (?:it|that) back|go back|as it was before|previous version|annule[rz]?|deshacer|deshaz|revertir|annulla|ripristina|desfazer|desfaz|reverter|ongedaan|terugdraaien)\b|rückgängig|nimm (?:das|es) zurück|défai(?:s|re)|元に戻|取り消|撤[销銷消]|[还還复復]原/i;

/** asksForUndo is true when something is to be as it was before. */
export function asksForUndo(request: string): boolean {
  return UNDO.test(request);
}

/** The first that fits counts. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /\b(?:does(?:n[’']?t| not) work|not working|is broken|crash(?:es|ed)?|bug|error message|stopped working|blank page|nothing happens)\b/i,
    'The person reports that something does not work. See read_logs and the code before you change anything.',
  ],
  [
    UNDO,
    'The person may want something back as it was. Each change in the chat has its own Undo, which restores it exactly; say so if that is all they want.',
  ],
  [
    /\b(?:deploy|publish|go live|put (?:it|this) online)\b/i,
    'Part of it is about publishing. Every change that works is online at once; there is nothing to do for that.',
  ],
  [
    /^(?:what|why|how|which|who|where|when|is|are|does|do|did)\b[^\n]*\?\s*$/i,
    'This looks like a question. If words answer it, answer in words and change nothing.',
  ],
];

/** intentNote tells the model what a request seems to want, where words give it away; null: they do not. */
export function intentNote(request: string): string | null {
  const hint = HINTS.find(([words]) => words.test(request.trim()))?.[1];
  return hint === undefined ? null : `${PIPELINE_MARK} Hint: ${hint}`;
}
