import type {
  AssistantPart,
  ModelMessage,
  ModelRequest,
  ToolCallPart,
  ToolDefinition,
  UserPart,
} from '../model-provider.ts';

/** What has a form of its own, because JSON inside text costs models their care for code. */
const OWN_FORM = new Set(['write_file', 'edit_file']);

const FORMAT = `You act by writing blocks into your answer. Each tag stands at the start of a line. Nothing else changes a file.

To create or replace a file:
<file path="src/app.js">
the whole content
</file>

To change places in a file, one or more times:
<edit path="src/app.js">
<<<<<<< SEARCH
lines exactly as they are now
=======
lines as they are to be
>>>>>>> REPLACE
</edit>

Everything else is a call with JSON, for example:
<call name="read_file">
{"path": "src/app.js"}
</call>

After your blocks, stop: the results come with the next message. These can be called:`;

function describe({ name, description, inputSchema }: ToolDefinition): string {
  return `- ${name}: ${description} Input: ${JSON.stringify(inputSchema)}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the model wrote is given back in the form in which it wrote it. */
function written({ name, input }: ToolCallPart): string {
  const fields = isRecord(input) ? input : {};
  const { path, content, edits } = fields;
  if (name === 'write_file' && typeof path === 'string' && typeof content === 'string')
    return `<file path="${path}">\n${content.replace(/\n?$/, '\n')}</file>`;
  if (name === 'edit_file' && typeof path === 'string' && Array.isArray(edits)) {
    const blocks = edits.map((edit: unknown) => {
      const { old_string: before, new_string: after } = isRecord(edit) ? edit : {};
      return `<<<<<<< SEARCH\n${String(before)}\n=======\n${String(after)}\n>>>>>>> REPLACE`;
    });
    return `<edit path="${path}">\n${blocks.join('\n')}\n</edit>`;
  }
  return `<call name="${name}">\n${JSON.stringify(fields)}\n</call>`;
}

function assistantText(parts: readonly AssistantPart[]): string {
  return parts
    .flatMap((part) => {
      if (part.type === 'text') return [part.text];
      return part.type === 'toolCall' ? [written(part)] : [];
    })
    .join('\n');
}

function textMessage(message: ModelMessage, names: ReadonlyMap<string, string>): ModelMessage {
  if (message.role === 'assistant')
    return { role: 'assistant', parts: [{ type: 'text', text: assistantText(message.parts) }] };
  const parts = message.parts.map((part): UserPart => {
    if (part.type !== 'toolResult') return part;
    const outcome = part.isError ? 'failed' : 'done';
    const text = `[${names.get(part.callId) ?? 'call'} ${outcome}]\n${part.text}`;
    return { type: 'text', text };
  });
  return { role: 'user', parts };
}

/** textToolRequest asks a model that cannot call tools to write its calls as text. */
export function textToolRequest(request: ModelRequest): ModelRequest {
  const names = new Map<string, string>();
  for (const message of request.messages)
    for (const part of message.parts) if (part.type === 'toolCall') names.set(part.id, part.name);
  const callable = request.tools.filter(({ name }) => !OWN_FORM.has(name)).map(describe);
  return {
    ...request,
    system: [...request.system, `${FORMAT}\n${callable.join('\n')}`],
    messages: request.messages.map((message) => textMessage(message, names)),
    tools: [],
  };
}
