import * as z from 'zod';
import { NO_USAGE, type DoneReason, type ModelEvent } from '../model-provider.ts';
import { failure } from '../failure.ts';
import { ErrorBodySchema } from './openai-failures.ts';

const ToolCallDeltaSchema = z.looseObject({
  index: z.number().int().default(0),
  id: z.string().nullish(),
  function: z.looseObject({ name: z.string().nullish(), arguments: z.string().nullish() }),
});
type ToolCallDelta = z.infer<typeof ToolCallDeltaSchema>;

const UsageSchema = z.looseObject({
  prompt_tokens: z.number().default(0),
  completion_tokens: z.number().default(0),
  prompt_tokens_details: z.looseObject({ cached_tokens: z.number().nullish() }).nullish(),
});

/** The last chunk carries the usage and no choice: an empty list, null or nothing. */
const ChunkSchema = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        delta: z
          .looseObject({
            content: z.string().nullish(),
            /** Thinking, as vLLM and others name it. */
            reasoning_content: z.string().nullish(),
            reasoning: z.string().nullish(),
            tool_calls: z.array(ToolCallDeltaSchema).nullish(),
          })
          .nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  usage: UsageSchema.nullish(),
  error: ErrorBodySchema.shape.error.optional(),
});
export type Chunk = z.infer<typeof ChunkSchema>;

const DONE_REASONS: Readonly<Partial<Record<string, DoneReason>>> = {
  length: 'maxTokens',
  content_filter: 'refused',
};

interface OpenCall {
  readonly id: string;
  readonly index: number;
  readonly name: string;
  json: string;
}

function parseInput(json: string): unknown {
  if (json.trim() === '') return {};
  try {
    return JSON.parse(json);
  } catch {
    // The model wrote invalid JSON; `undefined` says so, and the pipeline tells the model.
    return undefined;
  }
}

/** readChunk throws a SyntaxError or ZodError when an event is no chunk. */
export function readChunk(data: string): Chunk {
  return ChunkSchema.parse(JSON.parse(data));
}

/** OpenAiStreamReader turns the chunks of one reply into normalised events. */
export class OpenAiStreamReader {
  #open: OpenCall | null = null;
  #calls = 0;
  #reason: string | null = null;

  read({ choices, usage }: Chunk): ModelEvent[] {
    const events: ModelEvent[] = [];
    const choice = choices?.[0];
    const { content, reasoning_content, reasoning, tool_calls } = choice?.delta ?? {};
    const thought = reasoning_content ?? reasoning ?? '';
    if (thought !== '') events.push({ type: 'thinking', text: thought });
    if (content) events.push({ type: 'text', text: content });
    for (const call of tool_calls ?? []) events.push(...this.#call(call));
    if (choice?.finish_reason) this.#reason = choice.finish_reason;
    if (usage)
      events.push({
        type: 'usage',
        usage: {
          ...NO_USAGE,
          inputTokens: usage.prompt_tokens,
          cachedInputTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
          outputTokens: usage.completion_tokens,
        },
      });
    return events;
  }

  /** A reply that gives no reason for its end broke off. */
  end(): ModelEvent[] {
    if (this.#reason === null) return [failure('connection', true)];
    const usual = this.#calls > 0 ? 'toolCalls' : 'finished';
    return [...this.#close(), { type: 'done', reason: DONE_REASONS[this.#reason] ?? usual }];
  }

  /** Pieces of a call share its index; some servers give every call the same one, but another id. */
  #call({ index, id, function: { name, arguments: json } }: ToolCallDelta): ModelEvent[] {
    const open = this.#open;
    const isSame = open?.index === index && (!id || id === open.id);
    const events = isSame ? [] : [...this.#close(), ...this.#start(index, id, name ?? '')];
    if (!json || this.#open === null) return events;
    this.#open.json += json;
    return [...events, { type: 'toolDelta', id: this.#open.id, json }];
  }

  #start(index: number, id: string | null | undefined, name: string): ModelEvent[] {
    this.#calls++;
    const call = { id: id ?? `call_${this.#calls}`, index, name, json: '' };
    this.#open = call;
    return [{ type: 'toolStart', id: call.id, name }];
  }

  #close(): ModelEvent[] {
    const open = this.#open;
    if (open === null) return [];
    this.#open = null;
    return [{ type: 'toolReady', id: open.id, name: open.name, input: parseInput(open.json) }];
  }
}
