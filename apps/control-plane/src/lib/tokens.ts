import { hash, randomBytes, randomInt } from 'node:crypto';

/** newToken returns 256 random bits with a prefix that secret scanners can recognise. */
export function newToken(
  kind:
    | 'setup'
    | 'invite'
    | 'login'
    | 'api'
    | 'device'
    | 'join'
    | 'fork'
    | 'code'
    | 'preview'
    | 'model',
): string {
  return `sptf_${kind}_${randomBytes(32).toString('base64url')}`;
}

/** hashToken is what is stored: without the token the row opens nothing. */
export function hashToken(token: string): string {
  return hash('sha256', token, 'hex');
}

/** Without vowels and look-alikes: codes are read aloud and never spell a word. */
const CODE_ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ';

/** newUserCode is for people to carry from one screen to another; `UserCodeSchema` is its form. */
export function newUserCode(): string {
  const letters = Array.from({ length: 8 }, () => CODE_ALPHABET[randomInt(CODE_ALPHABET.length)]);
  return `${letters.slice(0, 4).join('')}-${letters.slice(4).join('')}`;
}
