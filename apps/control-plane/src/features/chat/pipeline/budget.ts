import type { ImagePart, ModelRequest, ModelUsage } from '../providers/model-provider.ts';
import { totalTokens } from '../providers/model-provider.ts';
import { costMicros, highestInputMicros, type ModelPrice } from './model-prices.ts';

/** Text in any script has fewer tokens than this says, so that an estimate is an upper bound. */
export const BYTES_PER_TOKEN = 2;
/** With less room for its answer a model cannot do anything useful. */
export const MIN_OUTPUT_TOKENS = 1024;

const MIN_IMAGE_TOKENS = 300;
export const MAX_IMAGE_TOKENS = 6000;

export interface BudgetLimits {
  readonly maxTokens: number;
  /** What may still be spent; null: no limit. */
  readonly maxMicros: number | null;
}

type Prompt = Omit<ModelRequest, 'maxOutputTokens'>;

/** The last request with what it turned out to hold. */
interface Measured {
  readonly bytes: number;
  readonly inputTokens: number;
}

/** More than any service counts for a picture of this size. */
function imageTokens({ width, height }: ImagePart): number {
  return Math.min(MAX_IMAGE_TOKENS, MIN_IMAGE_TOKENS + Math.ceil((width * height) / 750));
}

/** A picture counts by its size in points: what it has in bytes says nothing about tokens. */
function bytesOf({ system, messages, tools }: Prompt): number {
  let images = 0;
  const counted = messages.map((message) => ({
    ...message,
    parts: message.parts.map((part) => {
      if (part.type !== 'image') return part;
      images += imageTokens(part);
      return part.alt;
    }),
  }));
  return Buffer.byteLength(JSON.stringify([system, counted, tools])) + images * BYTES_PER_TOKEN;
}

/**
 * Budget counts what a turn uses and says how long the next answer may get.
 * INVARIANT: a request is only sent when even its dearest outcome stays within the limits.
 */
export class Budget {
  #limits: BudgetLimits;
  #tokens = 0;
  #micros = 0;
  #last: Measured | null = null;

  constructor(limits: BudgetLimits) {
    this.#limits = limits;
  }

  get spentMicros(): number {
    return this.#micros;
  }

  /** Others spend the same money meanwhile. */
  limitMoney(maxMicros: number | null): void {
    this.#limits = { ...this.#limits, maxMicros };
  }

  /** What will have been spent at most when the request was answered. */
  dearest(
    request: Prompt,
    { price, outputTokens }: { readonly price: ModelPrice; readonly outputTokens: number },
  ): number {
    const input = highestInputMicros(price, this.estimate(request));
    return this.#micros + Math.ceil(input + outputTokens * price.output);
  }

  /** At most `wanted`; 0: the budget does not allow another request. */
  outputTokensFor(
    request: Prompt,
    { price, wanted }: { readonly price: ModelPrice; readonly wanted: number },
  ): number {
    const input = this.estimate(request);
    const byTokens = this.#limits.maxTokens - this.#tokens - input;
    const byMoney = this.#affordable(input, price);
    const allowed = Math.floor(Math.min(wanted, byTokens, byMoney));
    return allowed < Math.min(MIN_OUTPUT_TOKENS, wanted) ? 0 : allowed;
  }

  /** Input tokens of a request at most: what is known of the last one, and an upper bound for what is new. */
  estimate(request: Prompt): number {
    const bytes = bytesOf(request);
    if (this.#last === null || bytes < this.#last.bytes) return Math.ceil(bytes / BYTES_PER_TOKEN);
    const added = Math.ceil((bytes - this.#last.bytes) / BYTES_PER_TOKEN);
    return this.#last.inputTokens + added;
  }

  /** True when it is money that is missing, not tokens. */
  hasTokensFor(request: Prompt): boolean {
    return this.#limits.maxTokens - this.#tokens - this.estimate(request) >= MIN_OUTPUT_TOKENS;
  }

  /** What one try of the request has used, whether it succeeded or not. */
  charge(
    request: Prompt,
    { price, usage }: { readonly price: ModelPrice; readonly usage: ModelUsage },
  ): void {
    this.#tokens += totalTokens(usage);
    this.#micros += costMicros(price, usage);
    const { inputTokens } = usage;
    if (inputTokens > 0) this.#last = { bytes: bytesOf(request), inputTokens };
  }

  #affordable(inputTokens: number, price: ModelPrice): number {
    const { maxMicros } = this.#limits;
    if (maxMicros === null) return Number.POSITIVE_INFINITY;
    const left = maxMicros - this.#micros - highestInputMicros(price, inputTokens);
    if (left < 0) return 0;
    return price.output === 0 ? Number.POSITIVE_INFINITY : left / price.output;
  }
}
