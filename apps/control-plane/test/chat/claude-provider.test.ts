import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClaudeProvider } from '../../src/features/chat/providers/claude/claude-provider.ts';
import type {
  ModelEvent,
  ModelMessage,
  ModelRequest,
} from '../../src/features/chat/providers/model-provider.ts';
import { TOOL_DEFINITIONS } from '../../src/features/chat/tools/toolbox.ts';
import { API_KEY, startMessagesServer, type MessagesServer } from './messages-server.ts';
import {
  event,
  messageEnd,
  messageStart,
  PING,
  textBlock,
  textReply,
  thinkingBlock,
  toolBlock,
} from './sse.ts';

const MODEL = 'claude-sonnet-5-5';
let server: MessagesServer;

beforeEach(async () => {
  server = await startMessagesServer();
});
afterEach(() => server.close());

function requestOf(messages: readonly ModelMessage[]): ModelRequest {
  return {
    system: ['You build apps.', 'The project is empty.'],
    messages,
    tools: TOOL_DEFINITIONS,
    maxOutputTokens: 32_000,
  };
}

const HELLO: ModelMessage = { role: 'user', parts: [{ type: 'text', text: 'a guestbook' }] };

async function collectAll(events: AsyncIterable<ModelEvent>): Promise<ModelEvent[]> {
  const all: ModelEvent[] = [];
  for await (const each of events) all.push(each);
  return all;
}

async function collect(
  request = requestOf([HELLO]),
  signal = new AbortController().signal,
  model = MODEL,
): Promise<ModelEvent[]> {
  const provider = createClaudeProvider({ apiKey: API_KEY, model, baseUrl: server.url });
  return collectAll(provider.stream(request, signal));
}

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
    server.script({ body: RICH });

    expect(await collect()).toEqual(RICH_EVENTS);
  });

  it('is the same when it arrives byte by byte', async () => {
    server.script({ body: RICH, chunkBytes: 1 });

    expect(await collect()).toEqual(RICH_EVENTS);
  });

  it('is the same with CRLF line ends and comments', async () => {
    server.script({ body: `: hello\r\n\r\n${RICH.replaceAll('\n', '\r\n')}`, chunkBytes: 7 });

    expect(await collect()).toEqual(RICH_EVENTS);
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
    server.script({ body: messageStart() + textBlock(0, 'x') + messageEnd(stopReason) });

    expect((await collect()).at(-1)).toEqual({ type: 'done', reason });
  });

  it('with invalid JSON at the end of a call has no input', async () => {
    server.script({
      body:
        messageStart() +
        toolBlock(0, { id: 't', name: 'write_file', json: ['{"path":"a'] }) +
        messageEnd('tool_use'),
    });

    expect(await collect()).toContainEqual({
      type: 'toolReady',
      id: 't',
      name: 'write_file',
      input: undefined,
    });
  });

  it('cut off by max_tokens inside a call never says that the call is ready', async () => {
    server.script({
      body:
        messageStart() +
        toolBlock(0, { id: 't', name: 'write_file', json: ['{"path":'], open: true }) +
        messageEnd('max_tokens'),
    });

    const events = await collect();

    expect(events.some((each) => each.type === 'toolReady')).toBe(false);
    expect(events.at(-1)).toEqual({ type: 'done', reason: 'maxTokens' });
  });
});

describe('a broken reply', () => {
  it('that closes without message_stop is a lost connection', async () => {
    server.script({ body: messageStart() + textBlock(0, 'much text') });

    expect((await collect()).at(-1)).toEqual({
      type: 'failed',
      kind: 'connection',
      retryable: true,
      retryAfterMs: null,
      requestId: 'req_scripted',
    });
  });

  it('whose socket is cut is a lost connection', async () => {
    server.script({ body: messageStart() + textBlock(0, 'much text'), cut: true });

    expect((await collect()).at(-1)).toMatchObject({
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
    server.script({
      body: messageStart() + textBlock(0, 'x') + event('error', { error: { type, message: 'No' } }),
    });

    const last = (await collect()).at(-1);

    expect(last).toMatchObject({ type: 'failed', kind, retryable, requestId: 'req_scripted' });
  });

  it('with data that is no JSON is malformed', async () => {
    server.script({ body: `${messageStart()}event: content_block_delta\ndata: {"type":\n\n` });

    expect((await collect()).at(-1)).toMatchObject({
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

    const events = await collectAll(
      provider.stream(requestOf([HELLO]), new AbortController().signal),
    );

    expect(events).toEqual([
      { type: 'failed', kind: 'connection', retryable: true, retryAfterMs: null, requestId: null },
    ]);
  });
});

describe('an error answer', () => {
  const body = (type: string, error_code?: string) =>
    JSON.stringify({
      type: 'error',
      error: { type, message: 'No', ...(error_code && { details: { error_code } }) },
      request_id: 'req_scripted',
    });

  it.each([
    [400, 'invalid_request_error', 'badRequest', false],
    [401, 'authentication_error', 'wrongKey', false],
    [402, 'billing_error', 'noCredit', false],
    [403, 'permission_error', 'notPermitted', false],
    [404, 'not_found_error', 'unknownModel', false],
    [409, 'conflict_error', 'serviceError', true],
    [413, 'request_too_large', 'tooLarge', false],
    [429, 'rate_limit_error', 'rateLimited', true],
    [500, 'api_error', 'serviceError', true],
    [504, 'timeout_error', 'timeout', true],
    [529, 'overloaded_error', 'overloaded', true],
  ])('%i %s is %s', async (status, type, kind, retryable) => {
    server.script({ status, body: body(type) });

    expect(await collect()).toEqual([
      { type: 'failed', kind, retryable, retryAfterMs: null, requestId: 'req_scripted' },
    ]);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['ramp_limit_exceeded'],
    ['enforced_spend_limit_reached'],
    ['contract_spend_limit_reached'],
  ])('429 with %s is a spend limit and never retried, whatever the headers say', async (code) => {
    server.script({
      status: 429,
      headers: { 'x-should-retry': 'true', 'retry-after': '1' },
      body: body('rate_limit_error', code),
    });

    expect(await collect()).toMatchObject([{ kind: 'noCredit', retryable: false }]);
  });

  it.each([
    [
      'retry-after-ms before retry-after',
      { 'retry-after-ms': '250', 'retry-after': '9' },
      { retryAfterMs: 250, retryable: true },
    ],
    ['retry-after in seconds', { 'retry-after': '2' }, { retryAfterMs: 2000, retryable: true }],
    [
      'a date in the past',
      { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' },
      { retryAfterMs: 0, retryable: true },
    ],
    ['nonsense', { 'retry-after': 'soon' }, { retryAfterMs: null, retryable: true }],
    ['x-should-retry: false', { 'x-should-retry': 'false' }, { retryable: false }],
  ])('429 respects %s', async (_what, headers, expected) => {
    server.script({ status: 429, headers, body: body('rate_limit_error') });

    expect(await collect()).toMatchObject([{ kind: 'rateLimited', ...expected }]);
  });

  it('from a gateway without the body of the API is judged by its status', async () => {
    server.script({ status: 503, body: '<html>busy</html>' }, { status: 401, body: 'no' });

    expect(await collect()).toMatchObject([{ kind: 'overloaded', retryable: true }]);
    expect(await collect()).toMatchObject([{ kind: 'wrongKey', retryable: false }]);
  });
});

describe('a request', () => {
  const toolTurn: readonly ModelMessage[] = [
    HELLO,
    {
      role: 'assistant',
      parts: [
        {
          type: 'carry',
          origin: `claude:${MODEL}`,
          data: { type: 'thinking', thinking: 'Hm', signature: 'c2ln' },
        },
        { type: 'text', text: ' ' },
        { type: 'toolCall', id: 'toolu_1', name: 'list_files', input: {} },
        { type: 'toolCall', id: 'toolu_2', name: 'write_file', input: undefined },
      ],
    },
    {
      role: 'user',
      parts: [
        { type: 'text', text: 'Go on' },
        { type: 'toolResult', callId: 'toolu_1', text: '(empty)', isError: false },
        { type: 'toolResult', callId: 'toolu_2', text: 'Not valid JSON', isError: true },
      ],
    },
  ];

  it('is accepted by strict rules: results first, no empty text, invalid input as an object', async () => {
    server.script({ body: textReply('ok') });

    expect((await collect(requestOf(toolTurn))).at(-1)).toEqual({
      type: 'done',
      reason: 'finished',
    });
    const [sent] = server.requests;
    expect(sent?.messages[1]?.content.map((block) => block.type)).toEqual([
      'thinking',
      'tool_use',
      'tool_use',
    ]);
    expect(sent?.messages[2]?.content.map((block) => block.type)).toEqual([
      'tool_result',
      'tool_result',
      'text',
    ]);
    expect(sent?.thinking).toEqual({ type: 'adaptive', display: 'summarized' });
  });

  it('leaves out the thinking of another model', async () => {
    server.script({ body: textReply('ok') });

    await collect(requestOf(toolTurn), new AbortController().signal, 'claude-opus-5-5');

    expect(server.requests[0]?.messages[1]?.content.map((block) => block.type)).toEqual([
      'tool_use',
      'tool_use',
    ]);
  });

  it('keeps tools and system the same over two turns, so that they are cached', async () => {
    server.script({ body: textReply('ok') }, { body: textReply('ok') });

    await collect(requestOf([HELLO]));
    await collect(requestOf(toolTurn));

    const [first, second] = server.requests;
    expect(second?.tools).toHaveLength(TOOL_DEFINITIONS.length);
    expect(JSON.stringify(second?.tools)).toBe(JSON.stringify(first?.tools));
    expect(JSON.stringify(second?.system)).toBe(JSON.stringify(first?.system));
  });

  it('asks older models for no adaptive thinking', async () => {
    server.script({ body: textReply('ok') });

    await collect(requestOf([HELLO]), new AbortController().signal, 'claude-haiku-4-5-20251001');

    expect(server.requests[0]).not.toHaveProperty('thinking');
  });

  it('with a wrong key is refused in a way that never repeats the key', async () => {
    const provider = createClaudeProvider({
      apiKey: 'wrong-key-value',
      model: MODEL,
      baseUrl: server.url,
    });

    const events = await collectAll(
      provider.stream(requestOf([HELLO]), new AbortController().signal),
    );

    expect(events).toMatchObject([{ type: 'failed', kind: 'wrongKey' }]);
    expect(JSON.stringify(events)).not.toContain('wrong-key-value');
  });

  it('that is stopped closes the socket and ends as aborted, with the usage so far', async () => {
    server.script({ body: messageStart() + textBlock(0, 'half'), hang: true });
    const stop = new AbortController();
    const provider = createClaudeProvider({ apiKey: API_KEY, model: MODEL, baseUrl: server.url });
    const events: ModelEvent[] = [];

    for await (const each of provider.stream(requestOf([HELLO]), stop.signal)) {
      events.push(each);
      if (each.type === 'text') stop.abort();
    }

    expect(events[0]).toMatchObject({ type: 'usage' });
    expect(events.at(-1)).toMatchObject({ type: 'failed', kind: 'aborted', retryable: false });
    await server.abandoned;
  });
});
