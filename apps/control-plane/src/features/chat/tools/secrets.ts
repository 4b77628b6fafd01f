/** INVARIANT: each looks at a text once. Apps and repositories write what is searched, and the search keeps everybody waiting. */
const PATTERNS: readonly RegExp[] = [
  /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----(?:(?!-----BEGIN )[\s\S])*?-----END (?:[A-Z]+ )*PRIVATE KEY-----/,
  /\bsk-[A-Za-z0-9_-]{20,}/,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  /\b(?:ghp|gho|ghs|ghu)_[A-Za-z0-9]{36}\b/,
  /\bgithub_pat_[A-Za-z0-9_]{40,}\b/,
  /\bglpat-[A-Za-z0-9_-]{20,}/,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/,
  /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/,
];
const MASK = '[secret removed]';
/** Shorter values would mask ordinary words. */
const MIN_KNOWN_SECRET_LENGTH = 8;

/** findSecret returns the first thing in a text that has the shape of a credential. */
export function findSecret(text: string): string | null {
  for (const pattern of PATTERNS) {
    const match = pattern.exec(text);
    if (match) return match[0];
  }
  return null;
}

/** maskSecrets removes credentials by shape, and the given values wherever they stand. */
export function maskSecrets(text: string, known: readonly string[] = []): string {
  let masked = text;
  for (const pattern of PATTERNS) masked = masked.replace(new RegExp(pattern.source, 'g'), MASK);
  for (const value of known)
    if (value.length >= MIN_KNOWN_SECRET_LENGTH) masked = masked.replaceAll(value, MASK);
  return masked;
}
