import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ModelEvent, ModelMessage } from '../../src/features/chat/providers/model-provider.ts';
import { createOpenAiProvider } from '../../src/features/chat/providers/openai/openai-provider.ts';
import { TOOL_DEFINITIONS } from '../../src/features/chat/tools/toolbox.ts';
import { startCompletionsServer, type CompletionsServer } from './completions-server.ts';
import { callChunks, chunk, completionText, data, end, textChunks } from './completions-sse.ts';

const KEY = 'key-of-the-scripted-server';
const HELLO: ModelMessage = { role: 'user', parts: [{ type: 'text', text: 'a guestbook' }] };
const USAGE: ModelEvent = {
  type: 'usage',
  usage: { inputTokens: 20, cachedInputTokens: 5, writtenInputTokens: 0, outputTokens: 10 },
};

let server: CompletionsServer;
beforeEach(async () => {
  server = await startCompletionsServer({ apiKey: KEY });
});
afterEach(() => server.close());

function provider(apiKey = KEY) {
  return createOpenAiProvider({ baseUrl: server.url, model: 'local-1', apiKey });
}

async function collect(
  messages: readonly ModelMessage[] = [HELLO],
  signal = new AbortController().signal,
): Promise<ModelEvent[]> {
  const request = {
    system: ['You build apps.', 'The project is empty.'],
    messages,
    tools: TOOL_DEFINITIONS,
    maxOutputTokens: 4000,
  };
  const all: ModelEvent[] = [];
  for await (const event of provider().stream(request, signal)) all.push(event);
  return all;
}

describe('a reply of chat completions', () => {
  it.each([[1], [7], [100_000]])('is read from pieces of %i bytes', async (chunkBytes) => {
    server.script({
      body:
        ': a comment\n\n' +
        chunk({ role: 'assistant', content: '' }) +
        chunk({ reasoning_content: 'Plan: a café page' }) +
        textChunks('Here is ', 'your café ☕') +
        callChunks(0, { name: 'write_file', json: ['{"path":"a.js",', '"content":"é\\n"}'] }) +
        callChunks(1, { name: 'list_files', json: [] }) +
        end('tool_calls').replaceAll('\n\n', '\r\n\r\n'),
      chunkBytes,
    });

    const first = { id: 'call_0_write_file', name: 'write_file' };
    const second = { id: 'call_1_list_files', name: 'list_files' };
    expect(await collect()).toEqual([
      { type: 'thinking', text: 'Plan: a café page' },
      { type: 'text', text: 'Here is ' },
      { type: 'text', text: 'your café ☕' },
      { type: 'toolStart', ...first },
      { type: 'toolDelta', id: first.id, json: '{"path":"a.js",' },
      { type: 'toolDelta', id: first.id, json: '"content":"é\\n"}' },
      { type: 'toolReady', ...first, input: { path: 'a.js', content: 'é\n' } },
      { type: 'toolStart', ...second },
      USAGE,
      { type: 'toolReady', ...second, input: {} },
      { type: 'done', reason: 'toolCalls' },
    ]);
  });

  it('may give every call the same index, no usage and no end mark', async () => {
    const call = (id: string) =>
      chunk({ tool_calls: [{ index: 0, id, function: { name: 'list_files', arguments: '{}' } }] });
    server.script({ body: call('a') + call('b') + chunk({}, 'stop') + data({ choices: null }) });

    const events = await collect();

    expect(events.filter(({ type }) => type === 'toolReady')).toHaveLength(2);
    expect(events.at(-1)).toEqual({ type: 'done', reason: 'toolCalls' });
  });

  it('that is cut off by its length leaves the call without input', async () => {
    server.script({
      body: callChunks(0, { name: 'write_file', json: ['{"path":"a.js","cont'] }) + end('length'),
    });

    expect((await collect()).slice(-2)).toMatchObject([
      { type: 'toolReady', input: undefined },
      { type: 'done', reason: 'maxTokens' },
    ]);
  });

  it.each([
    ['ends without a reason', { body: textChunks('half') }, 'connection'],
    ['breaks off', { body: textChunks('half'), cut: true }, 'connection'],
    ['is not JSON', { body: 'data: <html>\n\n' }, 'malformed'],
    [
      'fails in the middle',
      { body: textChunks('half') + data({ error: { message: 'out of memory', code: 500 } }) },
      'serviceError',
    ],
  ] as const)('that %s is a failure worth another try', async (_name, answer, kind) => {
    server.script(answer);

    expect((await collect()).at(-1)).toMatchObject({ type: 'failed', kind, retryable: true });
  });

  it('ends at once when it is stopped', async () => {
    server.script({ body: textChunks('half'), hang: true });
    const stop = new AbortController();
    const events: ModelEvent[] = [];
    const request = { system: ['x'], messages: [HELLO], tools: [], maxOutputTokens: 10 };

    for await (const event of provider().stream(request, stop.signal)) {
      events.push(event);
      stop.abort();
    }

    expect(events.at(-1)).toMatchObject({ type: 'failed', kind: 'aborted', retryable: false });
  });
});

describe('a refused request', () => {
  const quota = JSON.stringify({ error: { message: 'x', code: 'insufficient_quota' } });
  const context = JSON.stringify({ error: { message: 'x', code: 'context_length_exceeded' } });
  it.each([
    [401, '{"error":"no"}', 'wrongKey', false],
    [404, '{}', 'unknownModel', false],
    [429, '{}', 'rateLimited', true],
    [429, quota, 'noCredit', false],
    [500, '<html>', 'serviceError', true],
    [503, '', 'overloaded', true],
    [400, '{"error":{"message":"bad"}}', 'badRequest', false],
  ])('with status %i and %s is %s', async (status, body, kind, retryable) => {
    server.script({ status, body, headers: { 'retry-after': '7', 'x-request-id': 'r1' } });

    expect(await collect()).toMatchObject([{ type: 'failed', kind, retryable, requestId: 'r1' }]);
  });

  it('for want of room says that the context is full', async () => {
    server.script({ status: 400, body: context });

    expect(await collect()).toEqual([{ type: 'done', reason: 'contextFull' }]);
  });

  it('names how long to wait', async () => {
    server.script({ status: 429, body: '{}', headers: { 'retry-after': '7' } });

    expect(await collect()).toMatchObject([{ retryAfterMs: 7000 }]);
  });

  it('without a server is a lost connection', async () => {
    await server.close();

    expect(await collect()).toMatchObject([{ kind: 'connection', retryable: true }]);
    server = await startCompletionsServer();
  });
});

describe('the request', () => {
  it('holds every result right after its call, as the published API wants it', async () => {
    server.script({ body: completionText('ok') });

    await collect([
      HELLO,
      {
        role: 'assistant',
        parts: [
          { type: 'carry', origin: 'claude:x', data: {} },
          { type: 'toolCall', id: 'a', name: 'list_files', input: {} },
          { type: 'toolCall', id: 'b', name: 'read_file', input: undefined },
        ],
      },
      {
        role: 'user',
        parts: [
          { type: 'text', text: 'and now?' },
          { type: 'toolResult', callId: 'a', text: 'a.js', isError: false },
          { type: 'toolResult', callId: 'b', text: 'not valid', isError: true },
        ],
      },
    ]);

    const [sent] = server.requests;
    expect(sent).toMatchObject({ model: 'local-1', max_tokens: 4000 });
    expect(sent?.messages.map(({ role }) => role)).toEqual([
      'system',
      'user',
      'assistant',
      'tool',
      'tool',
      'user',
    ]);
    expect(sent?.messages[4]).toMatchObject({ content: 'Error: not valid' });
    expect(JSON.stringify(sent)).not.toContain('claude:x');
  });
});

describe('the limits', () => {
  it('are those that the server tells, and careful ones otherwise', async () => {
    await server.close();
    server = await startCompletionsServer({
      apiKey: KEY,
      models: [{ id: 'local-1', max_model_len: 12_000 }],
    });
    const { signal } = new AbortController();

    expect(await provider().limits(signal)).toEqual({
      ...{ contextTokens: 12_000, outputTokens: 4000, seesImages: null },
    });
    const other = createOpenAiProvider({ baseUrl: server.url, model: 'other', apiKey: KEY });
    expect(await other.limits(signal)).toEqual({
      ...{ contextTokens: null, outputTokens: 8192, seesImages: null },
    });
  });
});

describe('a model without tools', () => {
  it('is asked again to write its calls as text, and from then on at once', async () => {
    await server.close();
    server = await startCompletionsServer({ apiKey: KEY, withoutTools: true });
    server.script(
      { body: completionText('I write it.\n<fi', 'le path="a.js">\nlet a;\n</file>\n') },
      { body: completionText('Fine.') },
    );
    const asked = provider();
    const request = {
      system: ['You build apps.'],
      messages: [HELLO],
      tools: TOOL_DEFINITIONS,
      maxOutputTokens: 4000,
    };
    const { signal } = new AbortController();

    const events: ModelEvent[] = [];
    for await (const event of asked.stream(request, signal)) events.push(event);
    for await (const event of asked.stream(request, signal)) events.push(event);

    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'toolReady',
        name: 'write_file',
        input: { path: 'a.js', content: 'let a;\n' },
      }),
    );
    expect(events.filter((event) => event.type === 'done')).toEqual([
      { type: 'done', reason: 'toolCalls' },
      { type: 'done', reason: 'finished' },
    ]);
    expect(server.requests).toHaveLength(2);
    expect(JSON.stringify(server.requests[0]?.messages[0])).toContain('<call name=');
  });
});
