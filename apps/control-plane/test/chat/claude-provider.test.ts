import { describe, expect, it } from 'vitest';
import { createClaudeProvider } from '../../src/features/chat/providers/claude/claude-provider.ts';
import type { ModelEvent } from '../../src/features/chat/providers/model-provider.ts';
import { collectEvents, HELLO, MODEL, requestOf, useClaude } from './claude-client.ts';
import { API_KEY } from './messages-server.ts';
import {
  event,
  messageEnd,
  messageStart,
  PING,
  textBlock,
  thinkingBlock,
  toolBlock,
} from './sse.ts';

const claude = useClaude();

const RICH =
  messageStart({
    input_tokens: 25,
    cache_creation_input_tokens: 100,
    cache_read_input_tokens: 1000,
    output_tokens: 1,
  }) +
  PING +
  thinkingBlock(0, 'Plan: a café page', 'c2ln') +
  textBlock(1, 'Here is ', 'your café ☕') +
  event('future_event', { anything: [1, 2] }) +
  toolBlock(2, {
    id: 'toolu_1',
    name: 'write_file',
    json: ['', '{"path":"a.js",', '"content":"é\\n"}'],
  }) +
  toolBlock(3, { id: 'toolu_2', name: 'list_files', json: [] }) +
  messageEnd('tool_use', { output_tokens: 90 });

const INPUT = { inputTokens: 1125, cachedInputTokens: 1000, writtenInputTokens: 100 };
const RICH_EVENTS: readonly ModelEvent[] = [
  { type: 'usage', usage: { ...INPUT, outputTokens: 1 } },
  { type: 'thinking', text: 'Plan: a café page' },
  {
    type: 'carry',
    origin: `claude:${MODEL}`,
    data: { type: 'thinking', thinking: 'Plan: a café page', signature: 'c2ln' },
  },
  { type: 'text', text: 'Here is ' },
  { type: 'text', text: 'your café ☕' },
  { type: 'toolStart', id: 'toolu_1', name: 'write_file' },
  { type: 'toolDelta', id: 'toolu_1', json: '{"path":"a.js",' },
  { type: 'toolDelta', id: 'toolu_1', json: '"content":"é\\n"}' },
  { type: 'toolReady', id: 'toolu_1', name: 'write_file', input: { path: 'a.js', content: 'é\n' } },
  { type: 'toolStart', id: 'toolu_2', name: 'list_files' },
  { type: 'toolReady', id: 'toolu_2', name: 'list_files', input: {} },
  { type: 'usage', usage: { ...INPUT, outputTokens: 90 } },
  { type: 'done', reason: 'toolCalls' },
];

describe('a reply', () => {
  it('becomes normalised events; usage overwrites and counts cached input', async () => {
    claude.server.script({ body: RICH });

    expect(await claude.collect()).toEqual(RICH_EVENTS);
  });

  it('is the same when it arrives byte by byte', async () => {
    claude.server.script({ body: RICH, chunkBytes: 1 });

    expect(await claude.collect()).toEqual(RICH_EVENTS);
  });

  it('is the same with CRLF line ends and comments', async () => {
    claude.server.script({
      body: `: hello\r\n\r\n${RICH.replaceAll('\n', '\r\n')}`,
      chunkBytes: 7,
    });

    expect(await claude.collect()).toEqual(RICH_EVENTS);
  });

  it.each([
    ['end_turn', 'finished'],
    ['stop_sequence', 'finished'],
    ['max_tokens', 'maxTokens'],
    ['pause_turn', 'paused'],
    ['refusal', 'refused'],
    ['model_context_window_exceeded', 'contextFull'],
    ['something_new', 'finished'],
  ])('with stop reason %s is done as %s', async (stopReason, reason) => {
    claude.server.script({ body: messageStart() + textBlock(0, 'x') + messageEnd(stopReason) });

    expect((await claude.collect()).at(-1)).toEqual({ type: 'done', reason });
  });

  it('with invalid JSON at the end of a call has no input', async () => {
    claude.server.script({
      body:
        messageStart() +
        toolBlock(0, { id: 't', name: 'write_file', json: ['{"path":"a'] }) +
        messageEnd('tool_use'),
    });

    expect(await claude.collect()).toContainEqual({
      type: 'toolReady',
      id: 't',
      name: 'write_file',
      input: undefined,
    });
  });

  it('cut off by max_tokens inside a call never says that the call is ready', async () => {
    claude.server.script({
      body:
        messageStart() +
        toolBlock(0, { id: 't', name: 'write_file', json: ['{"path":'], open: true }) +
        messageEnd('max_tokens'),
    });

    const events = await claude.collect();

    expect(events.some((each) => each.type === 'toolReady')).toBe(false);
    expect(events.at(-1)).toEqual({ type: 'done', reason: 'maxTokens' });
  });
});

describe('a broken reply', () => {
  it('that closes without message_stop is a lost connection', async () => {
    claude.server.script({ body: messageStart() + textBlock(0, 'much text') });

    expect((await claude.collect()).at(-1)).toEqual({
      type: 'failed',
      kind: 'connection',
      retryable: true,
      retryAfterMs: null,
      requestId: 'req_scripted',
    });
  });

  it('whose socket is cut is a lost connection', async () => {
    claude.server.script({ body: messageStart() + textBlock(0, 'much text'), cut: true });

    expect((await claude.collect()).at(-1)).toMatchObject({
      type: 'failed',
      kind: 'connection',
      retryable: true,
    });
  });

  it.each([
    ['overloaded_error', 'overloaded', true],
    ['api_error', 'serviceError', true],
    ['rate_limit_error', 'rateLimited', true],
    ['invalid_request_error', 'badRequest', false],
    ['unheard_of_error', 'serviceError', true],
  ])('with %s in the stream fails as %s', async (type, kind, retryable) => {
    claude.server.script({
      body: messageStart() + textBlock(0, 'x') + event('error', { error: { type, message: 'No' } }),
    });

    const last = (await claude.collect()).at(-1);

    expect(last).toMatchObject({ type: 'failed', kind, retryable, requestId: 'req_scripted' });
  });

  it('with data that is no JSON is malformed', async () => {
    claude.server.script({
      body: `${messageStart()}event: content_block_delta\ndata: {"type":\n\n`,
    });

    expect((await claude.collect()).at(-1)).toMatchObject({
      type: 'failed',
      kind: 'malformed',
      retryable: true,
    });
  });

  it('from a port nobody listens on is a lost connection', async () => {
    const provider = createClaudeProvider({
      apiKey: API_KEY,
      model: MODEL,
      baseUrl: 'http://127.0.0.1:1',
    });

    const events = await collectEvents(
      provider.stream(requestOf([HELLO]), new AbortController().signal),
    );

    expect(events).toEqual([
      { type: 'failed', kind: 'connection', retryable: true, retryAfterMs: null, requestId: null },
    ]);
  });
});
