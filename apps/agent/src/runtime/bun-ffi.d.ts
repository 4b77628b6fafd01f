declare module 'bun:ffi' {
  interface Functions {
    flock(fd: number, operation: number): number;
    madvise(address: bigint, bytes: bigint, advice: number): number;
    tcflow(fd: number, action: number): number;
  }

  /** Opens a shared library; its functions are called like those of JavaScript. */
  export function dlopen(
    name: string,
    signatures: Record<keyof Functions, { args: readonly string[]; returns: string }>,
  ): { symbols: Functions };
}
