/** As many as one person has anywhere. */
const MOST_GROUPS = 10_000;

/**
 * readGroups finds a person's groups in a claim: a list of texts, or one text, which is one group whatever it looks like.
 * A name with dots is a claim of this name, or one within others (`realm_access.roles`).
 */
export function readGroups(claims: Readonly<Record<string, unknown>>, claim: string): string[] {
  const value = Object.hasOwn(claims, claim) ? claims[claim] : within(claims, claim.split('.'));
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list
    .slice(0, MOST_GROUPS)
    .filter((item): item is string => typeof item === 'string' && item !== '');
}

function within(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return within(new Map<string, unknown>(Object.entries(value)).get(name), rest);
}
