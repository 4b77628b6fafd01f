const MAX_REPETITIONS = 3;
/** Also where the schema refuses more: Zod asks all that is wrong with a text, however long it is. */
const MAX_PATTERN_CHARACTERS = 200;
/** What is tested against a pattern is never longer, so that three repetitions stay cheap. */
export const PATTERN_VALUE_CHARACTERS = 256;

/**
 * explainPattern says why a pattern is not permitted; undefined when it is. It is tested on every keystroke and in the
 * control plane of everybody, so what could take exponential time is refused: only characters and classes may repeat.
 */
export function explainPattern(pattern: string): string | undefined {
  if (pattern.length > MAX_PATTERN_CHARACTERS)
    return `must not be longer than ${MAX_PATTERN_CHARACTERS} characters`;
  const bare = pattern.replace(/\\[^1-9k]/g, 'x').replace(/\[[^\]]*\]/g, 'x');
  if (/\\/.test(bare)) return 'must not refer back to a group';
  if (/\(\?/.test(bare)) return 'must not look around or name a group';
  if (/\)(?:[*+]|\{)/.test(bare)) return 'must not repeat a group';
  const repetitions = bare.match(/[*+]|\{\d*,\d*\}/g) ?? [];
  if (repetitions.length > MAX_REPETITIONS)
    return `must not have more than ${MAX_REPETITIONS} repetitions`;
  return isExpression(pattern) ? undefined : 'is not a regular expression';
}

/** matchesPattern is true when the whole value does. */
export function matchesPattern(pattern: string, value: string): boolean {
  return value.length <= PATTERN_VALUE_CHARACTERS && compile(`^(?:${pattern})$`).test(value);
}

function isExpression(source: string): boolean {
  try {
    compile(source);
    return true;
  } catch {
    return false;
  }
}

function compile(source: string): RegExp {
  return new RegExp(source, 'u');
}
