import { isRowsFault } from './database-error.ts';

export interface BatcherOptions<Item, Result> {
  /** Results in the order of the items; what fails must have stored none of them. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** How much goes into one batch; a larger item goes alone. */
  readonly maxSize: number;
  /** 1 unless told. */
  readonly sizeOf?: (item: Item) => number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/**
 * createBatcher gathers items while the batch before theirs is under way: a lone item waits for nobody, a crowd
 * shares a statement.
 *
 * INVARIANTS: one batch at a time, in the order of arrival; an item that the database refuses fails alone. What
 * waits is bounded by its callers, who wait too.
 */
export function createBatcher<Item, Result>(options: BatcherOptions<Item, Result>) {
  const { run, maxSize, sizeOf = () => 1 } = options;
  const waiting: Waiting<Item, Result>[] = [];
  let isDraining = false;

  async function drain(): Promise<void> {
    while (waiting.length > 0) await settle(waiting.splice(0, countOfBatch()));
    isDraining = false;
  }

  function countOfBatch(): number {
    let size = 0;
    const tooMany = waiting.findIndex(({ item }, index) => {
      size += sizeOf(item);
      return index > 0 && size > maxSize;
    });
    return tooMany === -1 ? waiting.length : tooMany;
  }

  async function settle(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await run(batch.map(({ item }) => item));
      for (const [index, result] of results.entries()) batch[index]?.resolve(result);
    } catch (error) {
      if (batch.length > 1 && isRowsFault(error)) return settleHalves(batch);
      for (const { reject } of batch) reject(error);
    }
  }

  async function settleHalves(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    const middle = Math.ceil(batch.length / 2);
    await settle(batch.slice(0, middle));
    await settle(batch.slice(middle));
  }

  return (item: Item): Promise<Result> =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (isDraining) return;
      isDraining = true;
      // What is asked in the same tick goes together.
      queueMicrotask(() => void drain());
    });
}
