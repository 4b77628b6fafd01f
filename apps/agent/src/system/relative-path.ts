import { AgentError } from './errors.ts';

const MAX_SEGMENT_BYTES = 255;

/** Splits a path inside the project into its segments; refuses whatever could lead out of it. */
export function parseRelativePath(path: string): string[] {
  const segments = path.split('/');
  if (!segments.every(isSafeSegment)) {
    throw new AgentError(
      'path_not_permitted',
      `Path '${printable(path)}' is not a plain path inside the project`,
    );
  }
  return segments;
}

/** Like `parseRelativePath`, but the empty path names the project directory itself. */
export function parseDirectoryPath(path: string): string[] {
  return path === '' ? [] : parseRelativePath(path);
}

function isSafeSegment(segment: string): boolean {
  if (segment === '' || segment === '.' || segment === '..') return false;
  if (/[\0\\]/.test(segment)) return false;
  // Half a character would become another one on the way to the file system.
  if (/\p{Surrogate}/u.test(segment)) return false;
  return Buffer.byteLength(segment) <= MAX_SEGMENT_BYTES;
}

/** Equal keys may name one file on some file system: Unicode forms and letter case are folded. */
export function collisionKey(path: string): string {
  // Through upper case too, since several small letters may share a capital, as ß and ss or ſ and s do.
  return path.normalize('NFC').toUpperCase().toLowerCase();
}

function printable(path: string): string {
  return path.slice(0, 200).replace(/[^\x20-\x7e]/g, '?');
}
