import { readFileSync } from 'node:fs';
import { platform } from '../system/platform/platform.ts';
import { bun } from './bun-api.ts';
import { libc } from './bun-libc.ts';

/** Below this there is little to give back. */
const THRIFTY_BYTES = 36 * 1024 * 1024;
/** Without its code an idle agent has two thirds of this; the rest is what moved bytes left. */
const LITTERED_BYTES = 26 * 1024 * 1024;
const MADV_DONTNEED = 4;

/**
 * trimMemory lets go of the executable's code and constants, two thirds of its memory, of which most is needed only to
 * start or by a rare request. What is called again comes back page by page, from the system's cache of the file. What
 * bulk data left is collected, since the runtime itself does so only half a minute later.
 */
export function trimMemory(): void {
  if (platform.name !== 'linux' || process.memoryUsage.rss() < THRIFTY_BYTES) return;
  try {
    letGoOfProgram();
    if (process.memoryUsage.rss() < LITTERED_BYTES) return;
    bun.gc(true);
    letGoOfProgram();
  } catch {
    // A machine that does not let it look at itself: it works as well with more memory.
  }
}

function letGoOfProgram(): void {
  for (const { start, end } of programIn(readFileSync('/proc/self/smaps', 'utf8')))
    libc().madvise(start, end - start, MADV_DONTNEED);
}

function programIn(smaps: string) {
  return smaps.split(/\n(?=[0-9a-f]+-[0-9a-f]+ )/).flatMap((mapping) => {
    const [, start, end, file] = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p .* (\/.*)/.exec(mapping) ?? [];
    if (start === undefined || end === undefined || file !== process.execPath) return [];
    // A page that somebody changed, as debuggers do, would be lost.
    if (!/^Anonymous: +0 kB/m.test(mapping)) return [];
    return [{ start: BigInt(`0x${start}`), end: BigInt(`0x${end}`) }];
  });
}
