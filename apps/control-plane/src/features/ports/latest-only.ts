export interface LatestOnlyOptions {
  /** After a run, which was the `round`th in a row: who asks all the time is heard now and then. */
  readonly pause: (round: number) => Promise<unknown>;
  readonly onError: (error: unknown, key: string) => void;
}

/**
 * createLatestOnly runs work for a key one at a time. What is asked for meanwhile is done once more afterwards, so that
 * the last run saw everything, however often it was asked for.
 */
export function createLatestOnly(
  work: (key: string) => Promise<void>,
  { pause, onError }: LatestOnlyOptions,
): (key: string) => void {
  const askedAgain = new Map<string, boolean>();

  async function run(key: string): Promise<void> {
    let round = 0;
    do {
      askedAgain.set(key, false);
      await work(key).catch((error: unknown) => onError(error, key));
      round += 1;
      await pause(round);
    } while (askedAgain.get(key));
    askedAgain.delete(key);
  }

  return (key) => {
    if (askedAgain.has(key)) askedAgain.set(key, true);
    else void run(key);
  };
}
