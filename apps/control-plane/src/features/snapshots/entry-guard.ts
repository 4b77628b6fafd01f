import { posix } from 'node:path';
import type { Headers } from 'tar-stream';
import { refuse } from './manifest.ts';

const KINDS = new Set(['file', 'contiguous-file', 'directory', 'symlink', 'link']);
const MAX_PATH_BYTES = 4096;
/** Set-user-id and set-group-id: what is unpacked may belong to root. */
const SET_ID_BITS = 0o6000;
const MODE_BITS = 0o7777;

/** isPlain is true for files, directories and links: sockets, pipes and devices hold nothing to keep. */
export function isPlain({ type }: Pick<Headers, 'type'>): boolean {
  return KINDS.has(type ?? '');
}

/** keptMode is the mode that a copy of the entry has. */
export function keptMode({ mode = 0o644 }: Pick<Headers, 'mode'>): number {
  return mode & MODE_BITS & ~SET_ID_BITS;
}

/**
 * createEntryGuard looks at the entries of one archive in turn and throws AppError `backup_invalid` at what would be
 * written outside of its directory, or be more than files, directories and links. Where links point to is not
 * restricted: nothing is ever written through them.
 */
export function createEntryGuard(): (header: Headers) => void {
  const links = new Set<string>();

  function checkPath(name: string): string {
    const isOutside = posix.isAbsolute(name) || name.split('/').includes('..') || name === '';
    if (isOutside || name.includes('\0') || Buffer.byteLength(name) > MAX_PATH_BYTES)
      throw refuse('path', `"${shown(name)}" is outside of its directory`);
    const path = posix.normalize(name).replace(/\/$/, '');
    for (let parent = path; parent !== '.'; parent = posix.dirname(parent))
      if (links.has(parent)) throw refuse('link', `"${shown(name)}" leads through a link`);
    return path;
  }

  return (header) => {
    const { name, type, linkname, size = 0, mode = 0 } = header;
    if (!isPlain(header)) throw refuse('kind', `"${shown(name)}" is a ${type ?? 'thing'}`);
    if (!Number.isSafeInteger(size) || size < 0)
      throw refuse('kind', `"${shown(name)}" has no size`);
    if ((mode & SET_ID_BITS) !== 0) throw refuse('kind', `"${shown(name)}" would run as its owner`);
    const path = checkPath(name);
    if (type === 'link') checkPath(linkname ?? '');
    if (type === 'symlink') links.add(path);
  };
}

function shown(name: string): string {
  return name.slice(0, 200).replace(/\p{C}/gu, '?');
}
