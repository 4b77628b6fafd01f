import * as z from 'zod';
import type { TokenCount } from './token-count.ts';

const Tokens = z.number().min(0).nullish();
const UsageSchema = z.looseObject({
  input_tokens: Tokens,
  output_tokens: Tokens,
  cache_creation_input_tokens: Tokens,
  cache_read_input_tokens: Tokens,
  cache_creation: z.looseObject({ ephemeral_1h_input_tokens: Tokens }).nullish(),
});

/** An event of a stream, or a whole message. */
const EventSchema = z.looseObject({
  type: z.string(),
  usage: UsageSchema.nullish(),
  message: z.looseObject({ usage: UsageSchema.nullish() }).nullish(),
  delta: z
    .looseObject({
      text: z.string().nullish(),
      thinking: z.string().nullish(),
      partial_json: z.string().nullish(),
    })
    .nullish(),
});

/** Numbers are cumulative, so they overwrite; a missing one keeps what was known. */
function take(count: TokenCount, usage: z.infer<typeof UsageSchema>): void {
  const known = count.usage;
  const read = usage.cache_read_input_tokens ?? known?.cachedInputTokens ?? 0;
  const written = usage.cache_creation_input_tokens ?? known?.writtenInputTokens ?? 0;
  const uncached =
    usage.input_tokens ??
    (known ? known.inputTokens - known.cachedInputTokens - known.writtenInputTokens : 0);
  count.usage = {
    inputTokens: uncached + written + read,
    cachedInputTokens: read,
    writtenInputTokens: written,
    outputTokens: usage.output_tokens ?? known?.outputTokens ?? 0,
  };
  count.longWrittenTokens =
    usage.cache_creation?.ephemeral_1h_input_tokens ?? count.longWrittenTokens;
}

export function countClaude(count: TokenCount, json: unknown): void {
  const parsed = EventSchema.safeParse(json);
  if (!parsed.success) return;
  const { type, usage, message, delta } = parsed.data;
  const said = usage ?? message?.usage;
  if (said) take(count, said);
  for (const text of [delta?.text, delta?.thinking, delta?.partial_json])
    count.textBytes += Buffer.byteLength(text ?? '');
  if (type === 'message' || type === 'message_stop') count.isWhole = true;
}
