/** Far more than anything that is honest: a change set of ten thousand files has 60,000 values. */
const MAX_VALUES = 100_000;
const MAX_DEPTH = 64;

const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c];
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/**
 * jsonExcess says why a text is not to be parsed: reading millions of small values, or of brackets, takes seconds in which
 * nobody else is served. What is no JSON is for the parser to refuse.
 */
export function jsonExcess(text: string): string | undefined {
  let [depth, values] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === COMMA) values += 1;
    else if (OPENING.has(code)) [depth, values] = [depth + 1, values + 1];
    else if (CLOSING.has(code)) depth -= 1;
    if (depth > MAX_DEPTH) return `it is nested more than ${MAX_DEPTH} levels deep`;
    if (values > MAX_VALUES) return `it has more than ${MAX_VALUES} values`;
  }
  return undefined;
}

/** parseBoundedJson throws a SyntaxError for what is no JSON, and for what would take too long to read. */
export function parseBoundedJson(text: string): unknown {
  const excess = jsonExcess(text);
  if (excess !== undefined) throw new SyntaxError(`The JSON is not read: ${excess}`);
  return JSON.parse(text);
}

/** Where the string ends that begins here, or the text. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let first = end;
    while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
    // Of two backslashes the second is escaped, and not the quote.
    if ((end - first) % 2 === 0) return end;
  }
  return text.length;
}
