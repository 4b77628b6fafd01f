import { dlopen } from 'bun:ffi';

const NAMES = [
  'libc.so.6',
  'libc.musl-x86_64.so.1',
  'libc.musl-aarch64.so.1',
  '/usr/lib/libSystem.B.dylib',
];

type Libc = ReturnType<typeof open>;

let opened: Libc | undefined;

/** libc is the way to what neither Bun nor its copy of Node's interface offers; opened at the first use. */
export function libc(): Libc {
  return (opened ??= open());
}

function open() {
  for (const name of NAMES) {
    try {
      return dlopen(name, {
        flock: { args: ['i32', 'i32'], returns: 'i32' },
        madvise: { args: ['u64', 'u64', 'i32'], returns: 'i32' },
        tcflow: { args: ['i32', 'i32'], returns: 'i32' },
      }).symbols;
    } catch {
      // It is another libc then.
    }
  }
  throw new Error(`Found none of ${NAMES.join(', ')}`);
}
