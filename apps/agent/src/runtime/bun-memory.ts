import { readFileSync } from 'node:fs';
import { platform } from '../system/platform/platform.ts';
import { libc } from './bun-libc.ts';

/** Below this there is little to give back. */
const THRIFTY_BYTES = 36 * 1024 * 1024;
const MADV_DONTNEED = 4;

/**
 * trimMemory lets go of the executable's code, two thirds of its memory, of which most is needed only to start or by a
 * rare request. What is called again comes back page by page, from the system's cache of the file.
 */
export function trimMemory(): void {
  if (platform.name !== 'linux' || process.memoryUsage.rss() < THRIFTY_BYTES) return;
  try {
    for (const { start, end } of codeOf(readFileSync('/proc/self/smaps', 'utf8')))
      libc().madvise(start, end - start, MADV_DONTNEED);
  } catch {
    // A machine that does not let it look at itself: it works as well with more memory.
  }
}

function codeOf(smaps: string) {
  return smaps.split(/\n(?=[0-9a-f]+-[0-9a-f]+ )/).flatMap((mapping) => {
    const [, start, end, file] = /^([0-9a-f]+)-([0-9a-f]+) r-xp .* (\/.*)/.exec(mapping) ?? [];
    if (start === undefined || end === undefined || file !== process.execPath) return [];
    // A page that somebody changed, as debuggers do, would be lost.
    if (!/^Anonymous: +0 kB/m.test(mapping)) return [];
    return [{ start: BigInt(`0x${start}`), end: BigInt(`0x${end}`) }];
  });
}
