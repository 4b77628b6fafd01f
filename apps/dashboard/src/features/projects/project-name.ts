const LONGEST_NAME = 40;
const LEADING_PHRASES =
  /^(?:(?:please|hi|hello)[,\s]+)*(?:(?:i|we)\s+(?:want|need|would like|'d like)\s+(?:to\s+(?:build|make|create|have)\s+)?|(?:can|could)\s+you\s+|(?:build|make|create|give)\s+(?:me\s+|us\s+)?)*(?:an?|the|my|our|some)\s+/i;

/** projectNameOf derives a short name from the first sentence: "I want a guestbook for my café." becomes "Guestbook for my café". */
export function projectNameOf(sentence: string): string {
  const first =
    sentence
      .trim()
      .split(/[.\n!?;:]/)[0]
      ?.trim() ?? '';
  const core = first.replace(LEADING_PHRASES, '');
  const short = shorten(core === '' ? first : core);
  return short === '' ? 'My app' : short.charAt(0).toUpperCase() + short.slice(1);
}

function shorten(text: string): string {
  if (text.length <= LONGEST_NAME) return text;
  const cut = text.slice(0, LONGEST_NAME + 1);
  const end = Math.max(cut.lastIndexOf(' '), cut.lastIndexOf(','));
  // Nothing hangs at the end: "a list for the picnic with 3".
  return cut
    .slice(0, end > 0 ? end : LONGEST_NAME)
    .replace(/[,\s]+$/, '')
    .replace(
      /\s+(?:with|and|or|for|of|in|on|at|to|that|which|where|so)(?:\s+(?:an?|the|my|our|\d+))?$/i,
      '',
    );
}
