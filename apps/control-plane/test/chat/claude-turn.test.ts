import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClaudeProvider } from '../../src/features/chat/providers/claude/claude-provider.ts';
import { memoryFiles } from '../../src/features/chat/testing/memory-files.ts';
import { turnHarness, type Harness } from '../../src/features/chat/testing/turn-harness.ts';
import { API_KEY, startMessagesServer, type MessagesServer } from './messages-server.ts';
import {
  callsReply,
  event,
  messageEnd,
  messageStart,
  textBlock,
  textReply,
  thinkingBlock,
  toolBlock,
} from './sse.ts';

const OVERLOADED = {
  status: 529,
  headers: { 'retry-after-ms': '1' },
  body: JSON.stringify({
    type: 'error',
    error: { type: 'overloaded_error', message: 'Overloaded' },
  }),
};

/** The pipeline, the real client and a server as strict as the API: what one of them gets wrong fails here. */
describe('a turn on Claude', () => {
  let server: MessagesServer;
  beforeEach(async () => {
    server = await startMessagesServer();
  });
  afterEach(() => server.close());

  function harness(
    given: Parameters<typeof turnHarness>[1] = {},
    outcomes: Parameters<typeof turnHarness>[2] = [],
  ): Harness {
    const provider = createClaudeProvider({
      apiKey: API_KEY,
      model: 'claude-sonnet-5-5',
      baseUrl: server.url,
    });
    return turnHarness(provider, given, outcomes);
  }

  it('knows the limits of the model from the service', async () => {
    const config = { apiKey: API_KEY, model: 'claude-sonnet-5-5', baseUrl: server.url };

    expect(await createClaudeProvider(config).limits(new AbortController().signal)).toEqual({
      contextTokens: 1_000_000,
      outputTokens: 128_000,
      seesImages: true,
    });
  });

  const WRITE = {
    id: 'toolu_w',
    name: 'write_file',
    input: { path: 'index.html', content: '<h1>Café ☕</h1>\n' },
  };
  const FINISH = { id: 'toolu_f', name: 'finish', input: { summary: 'Added a page' } };

  it('thinks, reads, edits and finishes, with thinking and results sent back as they must be', async () => {
    server.script(
      {
        body:
          messageStart() +
          thinkingBlock(0, 'First look around', 'c2ln') +
          textBlock(1, 'I look at the project.') +
          toolBlock(2, { id: 'toolu_l', name: 'list_files', json: ['{}'] }) +
          toolBlock(3, { id: 'toolu_r', name: 'read_file', json: ['{"path":', '"a.txt"}'] }) +
          messageEnd('tool_use'),
        chunkBytes: 11,
      },
      { body: callsReply(WRITE) },
      { body: callsReply(FINISH) },
    );
    const turn = harness({ files: memoryFiles({ 'a.txt': 'A' }) });

    const result = await turn.run();

    expect(result).toMatchObject({ state: 'done', summary: 'Added a page' });
    expect(turn.changes[0]?.edits).toEqual([
      { action: 'write', path: 'index.html', text: '<h1>Café ☕</h1>\n' },
    ]);
    expect(server.requests.map((request) => request.messages.length)).toEqual([1, 3, 5]);
    expect(server.requests[1]?.messages[1]?.content[0]).toEqual({
      type: 'thinking',
      thinking: 'First look around',
      signature: 'c2ln',
    });
    expect(result.steps.map((step) => step.label)).toEqual([
      'Thinking',
      'Reading 1 file',
      'Writing index.html',
      'Checking: 200 in 84 ms',
    ]);
  });

  it('repairs a change that was rolled back', async () => {
    const rolledBack = {
      outcome: 'rolled_back',
      reason: 'index.html is empty',
      probe: null,
    } as const;
    const edit = {
      id: 'toolu_e',
      name: 'edit_file',
      input: { path: 'index.html', edits: [{ old_string: 'Café', new_string: 'Bar' }] },
    };
    server.script(
      { body: callsReply(WRITE, FINISH) },
      { body: callsReply(edit, { ...FINISH, id: 'toolu_g' }) },
    );
    const turn = harness({}, [rolledBack]);

    expect(await turn.run()).toMatchObject({ state: 'done' });
    expect(turn.changes).toHaveLength(2);
    expect(JSON.stringify(server.requests[1]?.messages.at(-1))).toContain('index.html is empty');
  });

  it('survives overload before, an error inside, and a cut socket, then says only what counts', async () => {
    const half = messageStart() + textBlock(0, 'half');
    server.script(OVERLOADED, {
      body: half + event('error', { error: { type: 'overloaded_error', message: 'No' } }),
    });
    server.script({ body: textReply('Whole.') });

    expect(await harness().run()).toMatchObject({ state: 'done', text: 'Whole.' });
  });

  it('gives up after three overloads, in plain words', async () => {
    server.script(OVERLOADED, OVERLOADED, OVERLOADED, { body: textReply('late') });

    expect(await harness().run()).toMatchObject({
      state: 'failed',
      errorCode: 'model_unavailable',
      text: expect.stringContaining('overloaded'),
      requestId: 'req_scripted',
    });
    expect(server.requests).toHaveLength(3);
  });

  it('goes on after invalid JSON and after an answer cut off inside a call', async () => {
    server.script(
      {
        body:
          messageStart() +
          toolBlock(0, { id: 'toolu_x', name: 'write_file', json: ['{"path": "a", "con'] }) +
          messageEnd('tool_use'),
      },
      {
        body:
          messageStart() +
          toolBlock(0, { id: 'toolu_y', name: 'write_file', json: ['{"path": "b'], open: true }) +
          messageEnd('max_tokens'),
      },
      { body: callsReply(WRITE, FINISH) },
    );
    const turn = harness();

    expect(await turn.run()).toMatchObject({ state: 'done' });
    expect(turn.changes[0]?.edits.map((each) => each.path)).toEqual(['index.html']);
  });

  it('goes on after an empty answer and after a pause', async () => {
    server.script(
      { body: messageStart() + messageEnd('end_turn') },
      { body: messageStart() + textBlock(0, 'One.') + messageEnd('pause_turn') },
      { body: textReply('Two.') },
    );

    expect(await harness().run()).toMatchObject({ state: 'done', text: 'One.\n\nTwo.' });
  });

  it('ends the request when it is stopped', async () => {
    const stop = new AbortController();
    server.script({ body: messageStart() + textBlock(0, 'Now'), hang: true });
    const turn = harness({
      signal: stop.signal,
      sink: { text: () => stop.abort(), step: () => undefined },
    });

    expect(await turn.run()).toMatchObject({ state: 'stopped' });
    await server.abandoned;
  });
});
