/** Builders for the byte stream of the Messages API. */
type Json = Readonly<Record<string, unknown>>;

export function event(name: string, data: Json): string {
  return `event: ${name}\ndata: ${JSON.stringify({ type: name, ...data })}\n\n`;
}

export const PING = 'event: ping\ndata: {"type": "ping"}\n\n';

export function messageStart(usage: Json = { input_tokens: 25, output_tokens: 1 }): string {
  return event('message_start', {
    message: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-5-5',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage,
    },
  });
}

export function textBlock(index: number, ...pieces: readonly string[]): string {
  return (
    event('content_block_start', { index, content_block: { type: 'text', text: '' } }) +
    pieces
      .map((text) => event('content_block_delta', { index, delta: { type: 'text_delta', text } }))
      .join('') +
    event('content_block_stop', { index })
  );
}

export function thinkingBlock(index: number, thinking: string, signature: string): string {
  return (
    event('content_block_start', {
      index,
      content_block: { type: 'thinking', thinking: '', signature: '' },
    }) +
    event('content_block_delta', { index, delta: { type: 'thinking_delta', thinking } }) +
    event('content_block_delta', { index, delta: { type: 'signature_delta', signature } }) +
    event('content_block_stop', { index })
  );
}

export interface ToolUse {
  readonly id: string;
  readonly name: string;
  /** Pieces of the input's JSON, as written. */
  readonly json: readonly string[];
  readonly open?: boolean;
}

export function toolBlock(index: number, { id, name, json, open }: ToolUse): string {
  return (
    event('content_block_start', {
      index,
      content_block: { type: 'tool_use', id, name, input: {} },
    }) +
    json
      .map((partial_json) =>
        event('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json } }),
      )
      .join('') +
    (open ? '' : event('content_block_stop', { index }))
  );
}

export function messageEnd(stopReason: string, usage: Json = { output_tokens: 15 }): string {
  return (
    event('message_delta', { delta: { stop_reason: stopReason, stop_sequence: null }, usage }) +
    event('message_stop', {})
  );
}

/** A whole reply with one call per entry. */
export function callsReply(
  ...calls: readonly { readonly id: string; readonly name: string; readonly input: Json }[]
): string {
  const blocks = calls.map(({ id, name, input }, index) =>
    toolBlock(index, { id, name, json: [JSON.stringify(input)] }),
  );
  return messageStart() + blocks.join('') + messageEnd('tool_use');
}

export function textReply(text: string): string {
  return messageStart() + textBlock(0, text) + messageEnd('end_turn');
}
