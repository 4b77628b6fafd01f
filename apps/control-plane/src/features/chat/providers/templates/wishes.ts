/**
 * What begins another wish: "make it blue and add a field", not "we bake and roast". Spaces are looked at from the first
 * of them only, as there may be thousands.
 */
const NEXT_WISH =
  /(?:(?<!\s)\s*[,;]\s*|(?<!\s)\s+(?=and\b|then\b|also\b)|[.!?]\s+|(?<!\n)\n+)(?:(?:and|then|also)\s+)*(?=(?:please\s+)?(?:make|change|set|add|remove|delete|drop|rename|call|use|turn|switch|write|give|put|let|create|insert|publish|deploy|the (?:title|heading|headline|tagline|colou?r|theme|question|icon))\b)/gi;

/** wishesOf takes a request apart; put together again, its parts are the request. */
export function wishesOf(request: string): string[] {
  const text = request.trim();
  // What is quoted is one thing.
  const masked = text.replace(/["“«][^"”»]*["”»]/g, (quoted) => '_'.repeat(quoted.length));
  const starts = [...masked.matchAll(NEXT_WISH)].map(({ index }) => index).filter((at) => at > 0);
  return [0, ...starts].map((from, at) => text.slice(from, starts[at] ?? text.length));
}
