import {
  createMask,
  type KnownValue,
  type Mask,
} from '@spt-flow/shared/agent-protocol/known-values';

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
const NONE: readonly KnownValue[] = [];
const MASK = '[secret removed]';

/** findSecret returns the first thing in a text that has the shape of a credential. */
export function findSecret(text: string): string | null {
  for (const pattern of PATTERNS) {
    const match = pattern.exec(text);
    if (match) return match[0];
  }
  return null;
}

/** Those of a turn are the same array all the while. */
const masks = new WeakMap<readonly KnownValue[], Mask>();

function maskOf(known: readonly KnownValue[]): Mask {
  const mask = masks.get(known) ?? createMask(known);
  masks.set(known, mask);
  return mask;
}

/** maskSecrets removes credentials by shape, and puts their names in the place of known values. */
export function maskSecrets(text: string, known: readonly KnownValue[] = NONE): string {
  let masked = maskOf(known)(text);
  for (const pattern of PATTERNS) masked = masked.replace(new RegExp(pattern.source, 'g'), MASK);
  return masked;
}
