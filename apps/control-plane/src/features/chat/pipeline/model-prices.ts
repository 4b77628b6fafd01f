import type { ModelUsage } from '../providers/model-provider.ts';

/** ModelPrice is in dollars per million tokens, which is the same number of millionths per token. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  /** Of input read from the provider's cache. */
  readonly cachedInput: number;
  /** Of input written to it. */
  readonly writtenInput: number;
}

/** By model; what has no price, such as a model on a machine of one's own, costs nothing. */
export type ModelPrices = Readonly<Record<string, ModelPrice>>;

const FREE: ModelPrice = { input: 0, output: 0, cachedInput: 0, writtenInput: 0 };

export function priceOf(prices: ModelPrices, model: string | null): ModelPrice {
  return (model === null ? undefined : prices[model]) ?? FREE;
}

/** costMicros is what a usage costs, in millionths of a dollar, rounded up. */
export function costMicros(price: ModelPrice, usage: ModelUsage): number {
  const { inputTokens, cachedInputTokens, writtenInputTokens, outputTokens } = usage;
  const uncached = inputTokens - cachedInputTokens - writtenInputTokens;
  return Math.ceil(
    uncached * price.input +
      cachedInputTokens * price.cachedInput +
      writtenInputTokens * price.writtenInput +
      outputTokens * price.output,
  );
}

/** The most that so much input can cost: all of it new to the cache. */
export function highestInputMicros(price: ModelPrice, inputTokens: number): number {
  return inputTokens * Math.max(price.input, price.writtenInput);
}
