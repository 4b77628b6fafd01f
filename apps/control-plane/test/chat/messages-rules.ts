import * as z from 'zod';

const CacheMark = z
  .strictObject({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() })
  .optional();
const Text = z.strictObject({
  type: z.literal('text'),
  text: z.string().regex(/\S/, 'text content blocks must be non-empty'),
  cache_control: CacheMark,
});
const Image = z.strictObject({
  type: z.literal('image'),
  source: z.strictObject({
    type: z.literal('base64'),
    media_type: z.enum(['image/png', 'image/jpeg', 'image/webp', 'image/gif']),
    data: z.base64().min(4),
  }),
});
const ToolUse = z.strictObject({
  type: z.literal('tool_use'),
  id: z.string().regex(/^[a-zA-Z0-9_-]+$/),
  name: z.string(),
  input: z.record(z.string(), z.unknown()),
  cache_control: CacheMark,
});
const Thinking = z.strictObject({
  type: z.literal('thinking'),
  thinking: z.string(),
  signature: z.string().min(1),
});
const RedactedThinking = z.strictObject({ type: z.literal('redacted_thinking'), data: z.string() });
const ToolResult = z.strictObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  content: z.string(),
  is_error: z.boolean().optional(),
  cache_control: CacheMark,
});

const User = z.strictObject({
  role: z.literal('user'),
  content: z.array(z.discriminatedUnion('type', [Text, Image, ToolResult])).min(1),
});
const Assistant = z.strictObject({
  role: z.literal('assistant'),
  content: z
    .array(z.discriminatedUnion('type', [Text, ToolUse, Thinking, RedactedThinking]))
    .min(1),
});
const Tool = z.strictObject({
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/),
  description: z.string(),
  input_schema: z.looseObject({ type: z.literal('object') }),
  eager_input_streaming: z.boolean().optional(),
  cache_control: CacheMark,
});

/** The fields of a request as of version 2026-10-21; unknown and forbidden ones fail. */
const Request = z.strictObject({
  model: z.string(),
  max_tokens: z.int().min(1).max(128_000),
  stream: z.literal(true),
  system: z.union([z.string(), z.array(Text)]).optional(),
  tools: z.array(Tool).optional(),
  tool_choice: z.strictObject({ type: z.enum(['auto', 'none']) }).optional(),
  thinking: z
    .strictObject({
      type: z.literal('adaptive'),
      display: z.enum(['summarized', 'omitted']).optional(),
    })
    .optional(),
  messages: z.array(z.discriminatedUnion('role', [User, Assistant])).min(1),
});
export type MessagesRequest = z.infer<typeof Request>;

function orderProblem({ messages }: MessagesRequest): string | null {
  if (messages[0]?.role !== 'user') return 'first message must be by the user';
  if (messages.at(-1)?.role === 'assistant') return 'prefill is not supported';
  for (const [index, message] of messages.entries()) {
    if (message.role !== 'assistant') continue;
    const calls = message.content.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
    const next = messages[index + 1];
    const answers = next?.role === 'user' ? next.content : [];
    const results = answers.flatMap((block) =>
      block.type === 'tool_result' ? [block.tool_use_id] : [],
    );
    if (calls.toSorted().join() !== results.toSorted().join())
      return `messages.${index}: tool_use ids without exactly one tool_result`;
    if (answers.slice(0, results.length).some((block) => block.type !== 'tool_result'))
      return 'tool_result blocks must come first';
  }
  return null;
}

function marks(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const own = 'cache_control' in value && value.cache_control ? 1 : 0;
  return Object.values(value).reduce<number>((sum, child) => sum + marks(child), own);
}

/** checkRequest validates as strictly as the API does. */
export function checkRequest(body: unknown): { request: MessagesRequest } | { problem: string } {
  const parsed = Request.safeParse(body);
  if (!parsed.success) return { problem: z.prettifyError(parsed.error) };
  if (marks(body) > 4)
    return { problem: 'a maximum of 4 blocks with cache_control may be provided' };
  const problem = orderProblem(parsed.data);
  return problem === null ? { request: parsed.data } : { problem };
}
