import { describe, expect, it } from 'vitest';
import { createClaudeProvider } from '../../src/features/chat/providers/claude/claude-provider.ts';
import type { ModelEvent, ModelMessage } from '../../src/features/chat/providers/model-provider.ts';
import { TOOL_DEFINITIONS } from '../../src/features/chat/tools/toolbox.ts';
import { collectEvents, HELLO, MODEL, requestOf, useClaude } from './claude-client.ts';
import { API_KEY } from './messages-server.ts';
import { messageStart, textBlock, textReply } from './sse.ts';

const claude = useClaude();

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
    claude.server.script({ status, body: body(type) });

    expect(await claude.collect()).toEqual([
      { type: 'failed', kind, retryable, retryAfterMs: null, requestId: 'req_scripted' },
    ]);
    expect(claude.server.requests).toHaveLength(1);
  });

  it.each([
    ['ramp_limit_exceeded'],
    ['enforced_spend_limit_reached'],
    ['contract_spend_limit_reached'],
  ])('429 with %s is a spend limit and never retried, whatever the headers say', async (code) => {
    claude.server.script({
      status: 429,
      headers: { 'x-should-retry': 'true', 'retry-after': '1' },
      body: body('rate_limit_error', code),
    });

    expect(await claude.collect()).toMatchObject([{ kind: 'noCredit', retryable: false }]);
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
    claude.server.script({ status: 429, headers, body: body('rate_limit_error') });

    expect(await claude.collect()).toMatchObject([{ kind: 'rateLimited', ...expected }]);
  });

  it('from a gateway without the body of the API is judged by its status', async () => {
    claude.server.script({ status: 503, body: '<html>busy</html>' }, { status: 401, body: 'no' });

    expect(await claude.collect()).toMatchObject([{ kind: 'overloaded', retryable: true }]);
    expect(await claude.collect()).toMatchObject([{ kind: 'wrongKey', retryable: false }]);
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
    claude.server.script({ body: textReply('ok') });

    expect((await claude.collect(requestOf(toolTurn))).at(-1)).toEqual({
      type: 'done',
      reason: 'finished',
    });
    const [sent] = claude.server.requests;
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
    claude.server.script({ body: textReply('ok') });

    await claude.collect(requestOf(toolTurn), new AbortController().signal, 'claude-opus-5-5');

    expect(claude.server.requests[0]?.messages[1]?.content.map((block) => block.type)).toEqual([
      'tool_use',
      'tool_use',
    ]);
  });

  it('keeps tools and system the same over two turns, so that they are cached', async () => {
    claude.server.script({ body: textReply('ok') }, { body: textReply('ok') });

    await claude.collect(requestOf([HELLO]));
    await claude.collect(requestOf(toolTurn));

    const [first, second] = claude.server.requests;
    expect(second?.tools).toHaveLength(TOOL_DEFINITIONS.length);
    expect(JSON.stringify(second?.tools)).toBe(JSON.stringify(first?.tools));
    expect(JSON.stringify(second?.system)).toBe(JSON.stringify(first?.system));
  });

  it('asks older models for no adaptive thinking', async () => {
    claude.server.script({ body: textReply('ok') });

    await claude.collect(
      requestOf([HELLO]),
      new AbortController().signal,
      'claude-haiku-4-5-20251001',
    );

    expect(claude.server.requests[0]).not.toHaveProperty('thinking');
  });

  it('with a wrong key is refused in a way that never repeats the key', async () => {
    const provider = createClaudeProvider({
      apiKey: 'wrong-key-value',
      model: MODEL,
      baseUrl: claude.server.url,
    });

    const events = await collectEvents(
      provider.stream(requestOf([HELLO]), new AbortController().signal),
    );

    expect(events).toMatchObject([{ type: 'failed', kind: 'wrongKey' }]);
    expect(JSON.stringify(events)).not.toContain('wrong-key-value');
  });

  it('that is stopped closes the socket and ends as aborted, with the usage so far', async () => {
    claude.server.script({ body: messageStart() + textBlock(0, 'half'), hang: true });
    const stop = new AbortController();
    const provider = createClaudeProvider({
      apiKey: API_KEY,
      model: MODEL,
      baseUrl: claude.server.url,
    });
    const events: ModelEvent[] = [];

    for await (const each of provider.stream(requestOf([HELLO]), stop.signal)) {
      events.push(each);
      if (each.type === 'text') stop.abort();
    }

    expect(events[0]).toMatchObject({ type: 'usage' });
    expect(events.at(-1)).toMatchObject({ type: 'failed', kind: 'aborted', retryable: false });
    await claude.server.abandoned;
  });
});
