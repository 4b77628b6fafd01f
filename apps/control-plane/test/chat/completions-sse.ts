/** Builders for the byte stream of chat completions. */
type Json = Readonly<Record<string, unknown>>;

const DONE = 'data: [DONE]\n\n';

export function data(value: Json): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

export function chunk(delta: Json, finishReason: string | null = null): string {
  return data({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'local-1',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
  });
}

export function textChunks(...pieces: readonly string[]): string {
  return pieces.map((content) => chunk({ content })).join('');
}

function usageChunk(promptTokens = 20, completionTokens = 10): string {
  return data({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    choices: [],
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
      prompt_tokens_details: { cached_tokens: 5 },
    },
  });
}

export interface WrittenCall {
  readonly name: string;
  /** Pieces of the arguments, as written. */
  readonly json: readonly string[];
}

export function callChunks(index: number, { name, json }: WrittenCall): string {
  const id = `call_${index}_${name}`;
  return (
    chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }) +
    json.map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })).join('')
  );
}

export function end(finishReason: string): string {
  return chunk({}, finishReason) + usageChunk() + DONE;
}

/** A whole reply with one call per entry. */
export function completionCalls(
  ...calls: readonly { readonly name: string; readonly input: unknown }[]
): string {
  const written = calls.map(({ name, input }, index) =>
    callChunks(index, { name, json: [JSON.stringify(input)] }),
  );
  return written.join('') + end('tool_calls');
}

export function completionText(...pieces: readonly string[]): string {
  return textChunks(...pieces) + end('stop');
}
