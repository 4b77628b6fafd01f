/** On one letter. Languages and emojis have fewer, and browsers draw a row of thousands for seconds. */
export const MAX_MARKS = 8;

/** What joins the letter before or takes no place, so that a row of it is one letter to whoever draws it. */
const MARK = '[\\p{M}\\p{Cf}\\p{Default_Ignorable_Code_Point}\\p{Emoji_Modifier}]';
const PILED = new RegExp(`(${MARK}{${MAX_MARKS}})${MARK}+`, 'gu');

/** withFewMarks is a text that costs a browser as much as any other one of its length; others write what is shown. */
export function withFewMarks(text: string): string {
  return /^\p{ASCII}*$/u.test(text) ? text : text.replaceAll(PILED, '$1');
}
