import { describe, expect, it } from 'vitest';
import type { ModelEvent } from '../providers/model-provider.ts';
import { memoryFiles } from '../testing/memory-files.ts';
import {
  callEvents,
  calls,
  fail,
  finish,
  says,
  scriptedProvider,
  usageOf,
  write,
} from '../testing/scripted-provider.ts';
import { turnHarness } from '../testing/turn-harness.ts';
import { DEFAULT_LIMITS } from './turn-types.ts';

describe('a model that misbehaves', () => {
  it('gets the reason of an invalid call and may correct it', async () => {
    const provider = scriptedProvider(
      calls({ name: 'write_file', input: undefined }),
      calls({ name: 'no_tool', input: {} }),
      calls(write('a', 'b'), finish('ok')),
    );

    const result = await turnHarness(provider).run();

    expect(result.state).toBe('done');
    expect(provider.requests[1]?.messages.at(-1)?.parts).toMatchObject([
      { isError: true, text: expect.stringContaining('not valid JSON') },
    ]);
    expect(provider.requests[2]?.messages.at(-1)?.parts).toMatchObject([
      { isError: true, text: 'There is no tool "no_tool".' },
    ]);
  });

  it('is stopped after three replies of which nothing could be used', async () => {
    const bad = calls({ name: 'write_file', input: { wrong: true } });
    const harness = turnHarness(
      scriptedProvider(bad, bad, bad, calls(write('a', 'b'), finish('late'))),
    );

    expect(await harness.run()).toMatchObject({ state: 'failed', errorCode: 'model_bad_answer' });
    expect(harness.changes).toEqual([]);
  });

  it('does not finish while another call of the same reply failed', async () => {
    const provider = scriptedProvider(
      calls(
        { name: 'edit_file', input: { path: 'x', edits: [{ old_string: 'a', new_string: 'b' }] } },
        finish('too early'),
      ),
      says('Sorry'),
    );
    const harness = turnHarness(provider);

    await harness.run();

    expect(harness.changes).toEqual([]);
    expect(provider.requests[1]?.messages.at(-1)?.parts[1]).toMatchObject({
      isError: true,
      text: expect.stringContaining('Not finished'),
    });
  });

  it('is asked for the whole file after two failed edits of it', async () => {
    const edit = calls({
      name: 'edit_file',
      input: { path: 'a.js', edits: [{ old_string: 'nothing', new_string: 'x' }] },
    });
    const provider = scriptedProvider(edit, edit, says('ok'));

    await turnHarness(provider, { files: memoryFiles({ 'a.js': 'code' }) }).run();

    expect(JSON.stringify(provider.requests[1]?.messages.at(-1))).toContain('retry once');
    expect(JSON.stringify(provider.requests[2]?.messages.at(-1))).toContain(
      'whole file with write_file',
    );
  });

  it('that is cut off inside a call is asked for parts, and the call never happens', async () => {
    const cut: ModelEvent[] = [
      ...callEvents(write('a.js', 'first')),
      { type: 'toolStart', id: 'open', name: 'write_file' },
      { type: 'done', reason: 'maxTokens' },
    ];
    const provider = scriptedProvider(cut, calls(finish('In parts')));
    const harness = turnHarness(provider);

    const result = await harness.run();

    expect(result.state).toBe('done');
    expect(harness.changes[0]?.edits.map((each) => each.path)).toEqual(['a.js']);
    expect(JSON.stringify(provider.requests[1]?.messages.at(-1))).toContain(
      'cut off inside write_file',
    );
  });

  it('that is cut off three times is stopped', async () => {
    const cut: ModelEvent[] = [
      { type: 'text', text: 'and so on ' },
      { type: 'done', reason: 'maxTokens' },
    ];

    expect(await turnHarness(scriptedProvider(cut, cut, cut, says('x'))).run()).toMatchObject({
      state: 'failed',
      errorCode: 'model_bad_answer',
    });
  });

  it('that writes without end is stopped at the limit of bytes', async () => {
    let sent = 0;
    const provider = scriptedProvider(async function* (signal) {
      while (!signal.aborted) {
        sent++;
        yield { type: 'text', text: 'x'.repeat(1000) };
      }
    });

    const result = await turnHarness(provider, {
      limits: { ...DEFAULT_LIMITS, maxReplyBytes: 50_000 },
    }).run();

    expect(result).toMatchObject({ state: 'failed', errorCode: 'model_bad_answer' });
    expect(sent).toBeLessThan(60);
  });

  it('that calls tools without end is stopped at the limit of rounds', async () => {
    const provider = scriptedProvider(
      ...Array.from({ length: 20 }, () => calls({ name: 'list_files', input: {} })),
    );

    expect(
      await turnHarness(provider, { limits: { ...DEFAULT_LIMITS, maxRounds: 5 } }).run(),
    ).toMatchObject({ state: 'failed', errorCode: 'limit_reached' });
    expect(provider.requests).toHaveLength(5);
  });

  it('is stopped before it can pass the tokens of the turn', async () => {
    const costly: ModelEvent[] = [
      usageOf(9000, 200),
      ...callEvents({ name: 'list_files', input: {} }),
      { type: 'done', reason: 'toolCalls' },
    ];
    const provider = scriptedProvider(costly, costly, costly);

    expect(
      await turnHarness(provider, { limits: { ...DEFAULT_LIMITS, maxTurnTokens: 20_000 } }).run(),
    ).toMatchObject({ errorCode: 'limit_reached', usage: { inputTokens: 18_000 } });
  });

  it('that falls silent is aborted and tried again', async () => {
    let aborted = false;
    const provider = scriptedProvider(async function* (signal) {
      yield { type: 'text', text: 'half a sen' };
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      aborted = signal.aborted;
    }, says('whole sentence'));

    const result = await turnHarness(provider, {
      limits: { ...DEFAULT_LIMITS, idleTimeoutMs: 20 },
    }).run();

    expect(result).toMatchObject({ state: 'done', text: 'whole sentence' });
    expect(aborted).toBe(true);
  });

  it('that puts code into text is told once that nothing was applied', async () => {
    const provider = scriptedProvider(says('```js\ncode\n```'), says('Here is an example only.'));

    expect(await turnHarness(provider).run()).toMatchObject({ state: 'done' });
    expect(JSON.stringify(provider.requests[1]?.messages.at(-1))).toContain('Nothing was applied');
  });

  it('that answers nothing twice has failed', async () => {
    const nothing: ModelEvent[] = [{ type: 'done', reason: 'finished' }];

    expect(await turnHarness(scriptedProvider(nothing, nothing)).run()).toMatchObject({
      state: 'failed',
      errorCode: 'model_bad_answer',
    });
  });

  it('that refuses is shown plainly and not asked again', async () => {
    const provider = scriptedProvider([{ type: 'done', reason: 'refused' }]);

    const result = await turnHarness(provider).run();

    expect(result).toMatchObject({ state: 'failed', text: expect.stringContaining('declined') });
    expect(provider.requests).toHaveLength(1);
  });

  it('whose context is full goes on without old results, once', async () => {
    const read = calls({ name: 'read_file', input: { path: 'big' } });
    const full: ModelEvent[] = [{ type: 'done', reason: 'contextFull' }];
    const provider = scriptedProvider(...Array.from({ length: 6 }, () => read), full, says('ok'));

    const result = await turnHarness(provider, {
      files: memoryFiles({ big: 'content of big' }),
    }).run();

    expect(result.state).toBe('done');
    expect(
      JSON.stringify(provider.requests[7]?.messages).match(/left out to make room/g),
    ).toHaveLength(2);
  });

  it('that pauses is asked to go on', async () => {
    const provider = scriptedProvider(
      [
        { type: 'text', text: 'A' },
        { type: 'done', reason: 'paused' },
      ],
      says('B'),
    );

    expect((await turnHarness(provider).run()).text).toBe('A\n\nB');
  });
});

describe('a model that fails', () => {
  it('is tried again, and what it had said is taken back', async () => {
    const provider = scriptedProvider(
      [{ type: 'text', text: 'lost' }, fail('overloaded', true)],
      [fail('connection', true)],
      says('kept'),
    );

    const result = await turnHarness(provider).run();

    expect(result).toMatchObject({ state: 'done', text: 'kept' });
    expect(result.steps.map((step) => step.label)).toEqual([
      'The AI service did not answer, trying again',
      'The AI service did not answer, trying again',
    ]);
  });

  it('is given up after two retries', async () => {
    const down = [fail('overloaded', true)];
    const provider = scriptedProvider(down, down, down, says('late'));

    expect(await turnHarness(provider).run()).toMatchObject({
      state: 'failed',
      errorCode: 'model_unavailable',
      requestId: 'req_1',
    });
    expect(provider.requests).toHaveLength(3);
  });

  it.each([
    ['wrongKey', 'model_refused_key'],
    ['noCredit', 'model_no_credit'],
    ['unknownModel', 'model_unavailable'],
    ['tooLarge', 'model_bad_answer'],
  ] as const)('with %s is not tried again', async (kind, errorCode) => {
    const provider = scriptedProvider([fail(kind, false)], says('late'));

    const result = await turnHarness(provider).run();

    expect(result).toMatchObject({ state: 'failed', errorCode });
    expect(result.text).toContain('Your app is unchanged');
    expect(provider.requests).toHaveLength(1);
  });

  it('and asks for too much patience is not waited for', async () => {
    const provider = scriptedProvider(
      [
        {
          type: 'failed',
          kind: 'rateLimited',
          retryable: true,
          retryAfterMs: 3_600_000,
          requestId: null,
        },
      ],
      says('late'),
    );

    expect(await turnHarness(provider).run()).toMatchObject({
      state: 'failed',
      errorCode: 'model_unavailable',
    });
  });
});

describe('stop', () => {
  it('ends the stream and leaves the app unchanged', async () => {
    const stop = new AbortController();
    const provider = scriptedProvider(calls(write('a.js', '1')), async function* (signal) {
      yield { type: 'text', text: 'Now I' };
      stop.abort();
      yield signal.aborted ? fail('aborted', false) : fail('badRequest', false);
    });
    const harness = turnHarness(provider, { signal: stop.signal });

    const result = await harness.run();

    expect(result).toMatchObject({
      state: 'stopped',
      text: 'Now I\n\nStopped. Your app is unchanged.',
    });
    expect(harness.changes).toEqual([]);
    expect(result.steps.every((step) => step.state !== 'running')).toBe(true);
  });

  it('while waiting for a retry ends at once', async () => {
    const stop = new AbortController();
    const provider = scriptedProvider(
      async function* () {
        setTimeout(() => stop.abort(), 5);
        yield {
          type: 'failed',
          kind: 'overloaded',
          retryable: true,
          retryAfterMs: 29_000,
          requestId: null,
        };
      },
      [fail('aborted', false)],
    );

    expect(await turnHarness(provider, { signal: stop.signal }).run()).toMatchObject({
      state: 'stopped',
    });
  });
});
