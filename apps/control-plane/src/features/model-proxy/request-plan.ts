import { AppError } from '@spt-flow/shared/domain/errors';
import { costMicros, MIN_OUTPUT_TOKENS, type ModelPrice, type ModelUsage } from '../chat/index.ts';
import { asksForMore, inputTokensOf, type RequestBody } from './request-body.ts';
import type { ModelService } from './model-services.ts';

/** What models write at most that are not told how much they may. */
const MAX_OUTPUT_TOKENS = 128_000;
/** Of what is left: one request leaves something to those beside it. */
const MAX_SHARE = 4;
/** But may always write so much, as far as it can be paid. */
const USUAL_OUTPUT_TOKENS = 8_192;
/** Of the price of input: what the service keeps for an hour. */
const LONG_WRITE_FACTOR = 2;

export interface Asked {
  readonly service: ModelService;
  readonly raw: Buffer;
  readonly body: RequestBody;
  /** Undefined: there is none for the model. */
  readonly price: ModelPrice | undefined;
}

export interface RequestPlan {
  /** What is sent. */
  readonly raw: Buffer;
  /** At most. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly micros: number;
  /** The tool did not ask for the chunk with the usage. */
  readonly hidesUsage: boolean;
}

/** costOf is what a usage costs; a cache for an hour costs more to write than the price says. */
export function costOf(
  price: ModelPrice | undefined,
  usage: ModelUsage,
  longWrittenTokens = 0,
): number {
  if (!price) return 0;
  const more = Math.max(0, price.input * LONG_WRITE_FACTOR - price.writtenInput);
  return costMicros(price, usage) + Math.ceil(longWrittenTokens * more);
}

/** planRequest says what is sent, and what it costs at most. Undefined: what is left does not pay for it. */
export function planRequest(asked: Asked, leftMicros: number | null): RequestPlan | undefined {
  const { raw, body, price } = asked;
  const inputTokens = inputTokensOf(raw, body);
  const wanted = body.max_completion_tokens ?? body.max_tokens ?? MAX_OUTPUT_TOKENS;
  const answers = Math.max(1, body.n ?? 1);
  if (leftMicros === null) return planWith(asked, { inputTokens, outputTokens: wanted, answers });
  assertKnownPrice(asked);
  const outputTokens = affordableOutput(asked, { inputTokens, wanted, leftMicros, answers });
  if (outputTokens < Math.min(MIN_OUTPUT_TOKENS, wanted)) return undefined;
  if (outputTokens < wanted && (body.thinking?.budget_tokens ?? 0) >= outputTokens)
    return undefined;
  const plan = planWith(asked, { inputTokens, outputTokens, answers });
  return price && plan.micros > leftMicros ? undefined : plan;
}

/** With a budget nothing is sent whose price nobody knows. */
function assertKnownPrice({ service, body, price }: Asked): void {
  if (!price && service.isPaid)
    throw new AppError(
      'model_not_offered',
      `The project has a budget, and there is no price for "${body.model}" in SPT_FLOW_MODEL_PRICES`,
    );
  if (service.isPaid && asksForMore(body))
    throw new AppError(
      'model_budget_used',
      'The project has a budget, and what tools cost that run at the AI service is not known beforehand',
    );
}

interface Wanted {
  readonly inputTokens: number;
  readonly wanted: number;
  readonly leftMicros: number;
  readonly answers: number;
}

function affordableOutput(
  { price }: Asked,
  { inputTokens, wanted, leftMicros, answers }: Wanted,
): number {
  if (!price || price.output === 0) return wanted;
  const left = (leftMicros - highestInput(price, inputTokens)) / (price.output * answers);
  const share = Math.max(left / MAX_SHARE, Math.min(left, USUAL_OUTPUT_TOKENS));
  return Math.floor(Math.min(wanted, share));
}

function highestInput(price: ModelPrice, inputTokens: number): number {
  return Math.ceil(inputTokens * Math.max(price.input * LONG_WRITE_FACTOR, price.writtenInput));
}

interface Sizes {
  readonly inputTokens: number;
  /** Of each answer. */
  readonly outputTokens: number;
  readonly answers: number;
}

function planWith(asked: Asked, { inputTokens, outputTokens, answers }: Sizes): RequestPlan {
  const { raw, price } = asked;
  const changes = { ...limitOf(asked, outputTokens), ...usageOf(asked) };
  const isChanged = Object.keys(changes).length > 0;
  const micros = price
    ? highestInput(price, inputTokens) + Math.ceil(outputTokens * answers * price.output)
    : 0;
  return {
    raw: isChanged ? Buffer.from(JSON.stringify({ ...asked.body, ...changes })) : raw,
    ...{ inputTokens, outputTokens: outputTokens * answers, micros },
    hidesUsage: 'stream_options' in changes,
  };
}

/** What the request says stays as it is unless the budget pays for less. */
function limitOf({ service, body, price }: Asked, outputTokens: number): Partial<RequestBody> {
  const said = body.max_completion_tokens ?? body.max_tokens;
  if (said === outputTokens || !price || (said == null && outputTokens === MAX_OUTPUT_TOKENS))
    return {};
  const isNamedSo =
    body.max_completion_tokens != null || (service.api === 'openai' && service.isPaid);
  return isNamedSo ? { max_completion_tokens: outputTokens } : { max_tokens: outputTokens };
}

/** Chat completions tell what a stream used only when they are asked to. */
function usageOf({ service, body }: Asked): Partial<RequestBody> {
  const { stream, stream_options: options } = body;
  if (service.api !== 'openai' || stream !== true || options?.include_usage === true) return {};
  return { stream_options: { ...options, include_usage: true } };
}
