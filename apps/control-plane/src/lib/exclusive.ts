/** Exclusive runs one piece of work per key at a time. */
export interface Exclusive {
  isBusy(key: string): boolean;
  /** Waits for its turn. */
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
}

export function createExclusive(): Exclusive {
  const last = new Map<string, Promise<void>>();
  return {
    isBusy: (key) => last.has(key),
    run(key, work) {
      const result = (last.get(key) ?? Promise.resolve()).then(work);
      const ended = result.then(forget, forget);
      last.set(key, ended);
      return result;

      function forget(): void {
        if (last.get(key) === ended) last.delete(key);
      }
    },
  };
}
