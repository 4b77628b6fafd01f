import { accessSync } from 'node:fs';

/** Where both libraries of C are, the usual one is the system's. */
const GLIBC = ['/lib64/ld-linux-x86-64.so.2', '/lib/ld-linux-aarch64.so.1'];

/** releasePlatform names the programs that run here, as releases do. */
export function releasePlatform(): string {
  const isMusl = process.platform === 'linux' && !GLIBC.some(isThere);
  return `${process.platform}-${process.arch}${isMusl ? '-musl' : ''}`;
}

function isThere(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}
