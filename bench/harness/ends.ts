/** End is a part of a bench that runs until it is stopped. */
export interface End {
  stop(): Promise<void>;
}

/** withEnds stops whatever was kept, the last first, also when the bench fails. */
export async function withEnds<T>(run: (keep: Keep) => Promise<T>): Promise<T> {
  const ends: End[] = [];
  try {
    return await run(async (starting) => {
      const end = await starting;
      ends.push(end);
      return end;
    });
  } finally {
    for (const end of ends.reverse()) await end.stop();
  }
}

type Keep = <E extends End>(starting: Promise<E>) => Promise<E>;
