import { MAX_MARKS, withFewMarks } from './marks.ts';

/** Steers a terminal, ends a line, turns the direction of what stands beside it, or takes no place. */
const UNSEEN =
  /(?!\p{Variation_Selector})[\p{Cc}\p{Zl}\p{Zp}\ufff9-\ufffb]|(?![\u200c\u200d\p{Variation_Selector}])\p{Default_Ignorable_Code_Point}/u;
const ALL_UNSEEN = new RegExp(UNSEEN, 'gu');
/** Most names, of which there are many in an answer. */
const PLAIN = /^[!-~]+(?: [!-~]+)*$/;
const VISIBLE = /[^\s\u2800\p{M}\u200c\u200d]/u;

/** nameFault says why a text can't be the name of anything; undefined: it can. Others read names and decide by them. */
export function nameFault(text: string): string | undefined {
  if (UNSEEN.test(text))
    return 'holds characters that cannot be seen, such as a line break or a mark of direction';
  if (withFewMarks(text) !== text) return `has more than ${MAX_MARKS} marks on one letter`;
  return VISIBLE.test(text) ? undefined : 'has nothing to read';
}

/** readableName is a name as it may be shown that was not chosen here, or before there was a rule. */
export function readableName(text: string): string {
  if (PLAIN.test(text)) return text;
  const seen = text.replaceAll(ALL_UNSEEN, ' ').replaceAll(/\s+/g, ' ');
  const name = withFewMarks(seen).trim();
  return VISIBLE.test(name) ? name : '?';
}
