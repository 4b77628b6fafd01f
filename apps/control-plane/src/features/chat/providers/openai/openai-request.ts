import type {
  AssistantPart,
  ModelMessage,
  ModelRequest,
  ToolDefinition,
} from '../model-provider.ts';

type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image_url'; readonly image_url: { readonly url: string } };

interface ToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

type ChatMessage =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string | readonly ContentPart[] }
  | { readonly role: 'tool'; readonly tool_call_id: string; readonly content: string }
  | {
      readonly role: 'assistant';
      readonly content: string | null;
      readonly tool_calls?: readonly ToolCall[];
    };

export interface OpenAiRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly stream: true;
  readonly stream_options: { readonly include_usage: true };
  readonly tools?: readonly unknown[];
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
}

export interface RequestTarget {
  readonly model: string;
  /** OpenAI's own models refuse `max_tokens`; what imitates them often knows nothing else. */
  readonly isOpenAi: boolean;
}

function toTool({ name, description, inputSchema }: ToolDefinition): unknown {
  return { type: 'function', function: { name, description, parameters: inputSchema } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toAssistant(parts: readonly AssistantPart[]): ChatMessage[] {
  const text = parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('');
  const calls = parts.flatMap((part): ToolCall[] => {
    if (part.type !== 'toolCall') return [];
    const input = JSON.stringify(isRecord(part.input) ? part.input : {});
    return [{ id: part.id, type: 'function', function: { name: part.name, arguments: input } }];
  });
  if (calls.length > 0)
    return [{ role: 'assistant', content: text === '' ? null : text, tool_calls: calls }];
  return text.trim() === '' ? [] : [{ role: 'assistant', content: text }];
}

/** Each result is a message of its own, right after the calls; what was said besides follows. */
function toChat(message: ModelMessage): ChatMessage[] {
  if (message.role === 'assistant') return toAssistant(message.parts);
  const results = message.parts.flatMap((part): ChatMessage[] => {
    if (part.type !== 'toolResult') return [];
    const content = part.isError ? `Error: ${part.text}` : part.text;
    return [{ role: 'tool', tool_call_id: part.callId, content }];
  });
  const text = message.parts
    .flatMap((part) => (part.type === 'text' && part.text.trim() !== '' ? [part.text] : []))
    .join('\n\n');
  const images = message.parts.flatMap((part): ContentPart[] => {
    if (part.type !== 'image') return [];
    const url = `data:${part.mediaType};base64,${part.base64}`;
    return [{ type: 'image_url', image_url: { url } }];
  });
  if (images.length > 0)
    return [...results, { role: 'user', content: [...images, { type: 'text', text }] }];
  return text === '' ? results : [...results, { role: 'user', content: text }];
}

/** toOpenAiRequest builds the body of a chat completion; no field that only some of the servers know. */
export function toOpenAiRequest(
  { system, messages, tools, maxOutputTokens }: ModelRequest,
  { model, isOpenAi }: RequestTarget,
): OpenAiRequest {
  return {
    model,
    stream: true,
    stream_options: { include_usage: true },
    ...(isOpenAi ? { max_completion_tokens: maxOutputTokens } : { max_tokens: maxOutputTokens }),
    messages: [{ role: 'system', content: system.join('\n\n') }, ...messages.flatMap(toChat)],
    ...(tools.length > 0 && { tools: tools.map(toTool) }),
  };
}
