import type { AppSettings } from './app-settings.ts';
import { capitalise, unquote } from './words.ts';

const MAX_OPTIONS = 12;
const DEFAULT_OPTIONS = ['Yes', 'No', 'I do not mind'];

/** splitList reads "tea, coffee and cake" as three things. */
export function splitList(text: string): string[] {
  return text
    .split(/(?<!\s)\s*(?:,|;|\/|\bor\b|\band\b|\n)\s*/i)
    .map((item) => capitalise(unquote(item)).slice(0, 80))
    .filter((item) => item !== '')
    .slice(0, MAX_OPTIONS);
}

/** pollOf finds question and answers in a request such as "a poll: tea or coffee?". */
export function pollOf(request: string): Partial<AppSettings> {
  const between =
    /\b(?:between|options?|answers?|choices?)\b:?\s+(?:are\s+)?(.+?)[.?!]?$/i.exec(request)?.[1] ??
    /:\s*([^:\n]+? or [^:\n]+?)[.?!]?$/i.exec(request)?.[1];
  const options = [...new Set(splitList(between ?? ''))];
  const asked =
    /["“](.+?\?)["”]/.exec(request)?.[1] ??
    /\b(?:about|asking|on)\s+(.+?)(?=\s+(?:with|between)\b|[.,;:!?\n]|$)/i.exec(request)?.[1];
  const question = asked ? capitalise(unquote(asked)).replace(/\??$/, '?') : 'What do you think?';
  return {
    question: question.slice(0, 200),
    options: options.length >= 2 ? options : DEFAULT_OPTIONS,
  };
}
