import type {
  MessageCreateParamsStreaming,
  ContentBlockParam,
  MessageParam,
  TextBlockParam,
  Tool,
} from '@anthropic-ai/sdk/resources/messages';
import * as z from 'zod';
import type {
  AssistantPart,
  ModelMessage,
  ModelRequest,
  ToolDefinition,
  UserPart,
} from '../model-provider.ts';

const CACHE_MARK = { type: 'ephemeral' } as const;
/** These know no adaptive thinking. */
const WITHOUT_ADAPTIVE_THINKING = /^claude-(?:haiku|sonnet|opus)-4-5/;

const CarriedBlockSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() }),
  z.object({ type: z.literal('redacted_thinking'), data: z.string() }),
]);

/** carryOrigin names who may see a thinking block again: they belong to one model. */
export function carryOrigin(model: string): string {
  return `claude:${model}`;
}

function toTool(tool: ToolDefinition): Tool {
  return {
    name: tool.name,
    description: tool.description,
    input_schema: { ...tool.inputSchema, type: 'object' },
    ...(tool.streamInput && { eager_input_streaming: true }),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toAssistantBlocks(part: AssistantPart, model: string): ContentBlockParam[] {
  switch (part.type) {
    case 'text':
      return part.text.trim() === '' ? [] : [{ type: 'text', text: part.text }];
    case 'toolCall':
      return [
        {
          type: 'tool_use',
          id: part.id,
          name: part.name,
          input: isRecord(part.input) ? part.input : {},
        },
      ];
    case 'carry':
      return part.origin === carryOrigin(model) ? [CarriedBlockSchema.parse(part.data)] : [];
  }
}

function toUserBlock(part: UserPart): ContentBlockParam {
  if (part.type === 'text') return { type: 'text', text: part.text };
  if (part.type === 'image') {
    const { mediaType: media_type, base64: data } = part;
    return { type: 'image', source: { type: 'base64', media_type, data } };
  }
  return {
    type: 'tool_result',
    tool_use_id: part.callId,
    content: part.text,
    ...(part.isError && { is_error: true }),
  };
}

function toMessage(message: ModelMessage, model: string): MessageParam {
  if (message.role === 'assistant') {
    return {
      role: 'assistant',
      content: message.parts.flatMap((part) => toAssistantBlocks(part, model)),
    };
  }
  const results = message.parts.filter((part) => part.type === 'toolResult');
  const others = message.parts.filter(
    (part) => part.type === 'image' || (part.type === 'text' && part.text.trim() !== ''),
  );
  return { role: 'user', content: [...results, ...others].map(toUserBlock) };
}

function markLast(messages: MessageParam[]): void {
  const content = messages.at(-1)?.content;
  const block = Array.isArray(content) ? content.at(-1) : undefined;
  if (block?.type === 'text' || block?.type === 'tool_result') block.cache_control = CACHE_MARK;
}

/** toClaudeRequest builds the body; tools, system and messages stay byte for byte the same from turn to turn, so that they are cached. */
export function toClaudeRequest(
  request: ModelRequest,
  model: string,
): MessageCreateParamsStreaming {
  const messages = request.messages
    .map((message) => toMessage(message, model))
    .filter(({ content }) => content.length > 0);
  markLast(messages);
  const system = request.system.map((text): TextBlockParam => ({
    type: 'text',
    text,
    cache_control: CACHE_MARK,
  }));
  return {
    model,
    max_tokens: request.maxOutputTokens,
    stream: true,
    ...(system.length > 0 && { system }),
    ...(request.tools.length > 0 && {
      tools: request.tools.map(toTool),
      tool_choice: { type: 'auto' },
    }),
    ...(!WITHOUT_ADAPTIVE_THINKING.test(model) && {
      thinking: { type: 'adaptive', display: 'summarized' },
    }),
    messages,
  };
}
