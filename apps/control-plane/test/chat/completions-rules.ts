import * as z from 'zod';

const Call = z.strictObject({
  id: z.string().min(1),
  type: z.literal('function'),
  function: z.strictObject({ name: z.string().min(1), arguments: z.string() }),
});
const Part = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1) }),
  z.strictObject({
    type: z.literal('image_url'),
    image_url: z.strictObject({ url: z.string().startsWith('data:image/') }),
  }),
]);
const Message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content: z.string().min(1) }),
  z.strictObject({
    role: z.literal('user'),
    content: z.union([z.string().min(1), z.array(Part).min(1)]),
  }),
  z.strictObject({
    role: z.literal('assistant'),
    content: z.string().nullable(),
    tool_calls: z.array(Call).min(1).optional(),
  }),
  z.strictObject({ role: z.literal('tool'), tool_call_id: z.string(), content: z.string() }),
]);
const Tool = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({
    name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
    description: z.string(),
    parameters: z.looseObject({ type: z.literal('object') }),
  }),
});
const Request = z.strictObject({
  model: z.string().min(1),
  messages: z.array(Message).min(1),
  stream: z.literal(true),
  stream_options: z.strictObject({ include_usage: z.literal(true) }),
  tools: z.array(Tool).min(1).max(128).optional(),
  max_tokens: z.number().int().min(1).optional(),
  max_completion_tokens: z.number().int().min(1).optional(),
});
export type CompletionsRequest = z.infer<typeof Request>;

/** Every call is answered by exactly one `tool` message, right after the message that made it. */
function orderProblem({ messages }: CompletionsRequest): string | null {
  let open = new Set<string>();
  for (const message of messages) {
    if (message.role === 'tool') {
      if (!open.delete(message.tool_call_id))
        return `'tool' message without a preceding call ${message.tool_call_id}`;
      continue;
    }
    if (open.size > 0) return `tool_call_ids did not have response messages: ${[...open].join()}`;
    if (message.role !== 'assistant') continue;
    if (message.content === null && !message.tool_calls) return 'assistant message is empty';
    for (const { function: called } of message.tool_calls ?? []) JSON.parse(called.arguments);
    open = new Set((message.tool_calls ?? []).map((call) => call.id));
  }
  return open.size > 0 ? 'the last calls were not answered' : null;
}

/** checkCompletions validates as strictly as the published API does. */
export function checkCompletions(
  body: unknown,
): { request: CompletionsRequest } | { problem: string } {
  const parsed = Request.safeParse(body);
  if (!parsed.success) return { problem: z.prettifyError(parsed.error) };
  if (parsed.data.max_tokens !== undefined && parsed.data.max_completion_tokens !== undefined)
    return { problem: 'max_tokens and max_completion_tokens cannot both be set' };
  const problem = orderProblem(parsed.data);
  return problem === null ? { request: parsed.data } : { problem };
}
