import * as z from 'zod';
import { NO_USAGE } from '../../chat/index.ts';
import type { TokenCount } from './token-count.ts';

const CallsSchema = z
  .array(z.looseObject({ function: z.looseObject({ arguments: z.string().nullish() }).nullish() }))
  .nullish();
const TextSchema = z.looseObject({
  content: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish(),
  tool_calls: CallsSchema,
});

/** A chunk of a stream, or a whole completion. */
const ChunkSchema = z.looseObject({
  choices: z
    .array(z.looseObject({ delta: TextSchema.nullish(), message: TextSchema.nullish() }))
    .nullish(),
  usage: z
    .looseObject({
      prompt_tokens: z.number().min(0).default(0),
      completion_tokens: z.number().min(0).default(0),
      prompt_tokens_details: z.looseObject({ cached_tokens: z.number().nullish() }).nullish(),
    })
    .nullish(),
});

export function countOpenAi(count: TokenCount, json: unknown): void {
  const parsed = ChunkSchema.safeParse(json);
  if (!parsed.success) return;
  const { choices, usage } = parsed.data;
  for (const { delta, message } of choices ?? []) {
    const said = delta ?? message;
    const calls = said?.tool_calls?.map((call) => call.function?.arguments) ?? [];
    for (const text of [said?.content, said?.reasoning_content, said?.reasoning, ...calls])
      count.textBytes += Buffer.byteLength(text ?? '');
  }
  if (!usage) return;
  count.usage = {
    ...NO_USAGE,
    inputTokens: usage.prompt_tokens,
    cachedInputTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
    outputTokens: usage.completion_tokens,
  };
  count.isWhole = true;
}
