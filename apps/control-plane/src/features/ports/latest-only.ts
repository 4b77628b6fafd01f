/**
 * createLatestOnly runs work for a key one at a time. What is asked for meanwhile is done once more afterwards, so that
 * the last run saw everything, however often it was asked for.
 */
export function createLatestOnly(
  work: (key: string) => Promise<void>,
  onError: (error: unknown, key: string) => void,
): (key: string) => void {
  const askedAgain = new Map<string, boolean>();

  async function run(key: string): Promise<void> {
    do {
      askedAgain.set(key, false);
      await work(key).catch((error: unknown) => onError(error, key));
    } while (askedAgain.get(key));
    askedAgain.delete(key);
  }

  return (key) => {
    if (askedAgain.has(key)) askedAgain.set(key, true);
    else void run(key);
  };
}
