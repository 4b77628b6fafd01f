/** Zero and half a surrogate pair: PostgreSQL keeps neither, and no file or program name may hold them. */
const NOT_STORABLE = /\0|\p{Surrogate}/u;

/** holdsStorableTexts looks at every text and name within the value; it may be nested as deep as its sender likes. */
export function holdsStorableTexts(value: unknown): boolean {
  const waiting = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next === 'string' && NOT_STORABLE.test(next)) return false;
    if (typeof next === 'object' && next !== null)
      for (const entry of Object.entries(next)) waiting.push(...entry);
  }
  return true;
}
