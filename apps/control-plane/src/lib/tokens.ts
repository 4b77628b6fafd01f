import { hash, randomBytes } from 'node:crypto';

/** newToken returns 256 random bits with a prefix that secret scanners can recognise. */
export function newToken(kind: 'setup' | 'login' | 'api' | 'device' | 'join'): string {
  return `sptf_${kind}_${randomBytes(32).toString('base64url')}`;
}

/** hashToken is what is stored: without the token the row opens nothing. */
export function hashToken(token: string): string {
  return hash('sha256', token, 'hex');
}
