import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOpenAiProvider } from '../../src/features/chat/providers/openai/openai-provider.ts';
import { memoryFiles } from '../../src/features/chat/testing/memory-files.ts';
import { turnHarness } from '../../src/features/chat/testing/turn-harness.ts';
import { startCompletionsServer, type CompletionsServer } from './completions-server.ts';
import { callChunks, completionCalls, completionText, end } from './completions-sse.ts';

/** Answers as models have really given them, each on its rung of the ladder. */
const TRUNCATED_JSON =
  '{"path": "server.js", "content": "const http = require(\'http\');\\nhttp.cre';
const WRONG_FIELDS = { file_path: 'server.js', text: 'let a = 1;' };
const PYTHON_DICT = "{'path': 'server.js', 'content': 'x'}";
const SERVER = 'const a = 1;\nconst b = 2;\n';
const GOOD = { name: 'write_file', input: { path: 'server.js', content: 'const c = 3;\n' } };
const FINISH = { name: 'finish', input: { summary: 'Changed the server' } };

let server: CompletionsServer;
beforeEach(async () => {
  server = await startCompletionsServer();
});
afterEach(() => server.close());

function turn(files: Record<string, string> = { 'server.js': SERVER }) {
  const provider = createOpenAiProvider({ baseUrl: server.url, model: 'local-1' });
  return turnHarness(provider, { files: memoryFiles(files) });
}

function badCall(name: string, json: string): { body: string } {
  return { body: callChunks(0, { name, json: [json] }) + end('tool_calls') };
}

function edit(oldString: string, newString = 'x') {
  return {
    name: 'edit_file',
    input: { path: 'server.js', edits: [{ old_string: oldString, new_string: newString }] },
  };
}

function lastToldOf(request: number): string {
  return JSON.stringify(server.requests[request]?.messages.slice(-3));
}

describe('rung 1: a call that is not valid', () => {
  it.each([
    ['JSON that breaks off', TRUNCATED_JSON, 'not valid JSON'],
    ['a Python dictionary', PYTHON_DICT, 'not valid JSON'],
    ['other fields', JSON.stringify(WRONG_FIELDS), 'is not valid. Nothing was done'],
    ['a list', '["server.js"]', 'is not valid. Nothing was done'],
  ])('with %s is answered with its reason', async (_name, json, reason) => {
    server.script(badCall('write_file', json), { body: completionCalls(GOOD, FINISH) });
    const harness = turn();

    expect(await harness.run()).toMatchObject({ state: 'done' });
    expect(lastToldOf(1)).toContain(reason);
    expect(harness.changes).toHaveLength(1);
  });
});

describe('rung 2: an edit that does not fit', () => {
  it.each([
    ['is not in the file', edit('const b = 3;'), 'Most similar lines'],
    ['is in two places', edit('const'), 'matches 2 places, at lines 1, 2'],
    ['was applied before', edit('const z = 0;', 'const b = 2;'), 'applied before'],
    ['changes nothing', edit('const a = 1;', 'const a = 1;'), 'nothing would change'],
  ])('because the text %s is told so', async (_name, call, reason) => {
    server.script({ body: completionCalls(call) }, { body: completionCalls(GOOD, FINISH) });

    expect(await turn().run()).toMatchObject({ state: 'done' });
    expect(lastToldOf(1)).toContain(reason);
    expect(lastToldOf(1)).toContain('retry once');
  });
});

describe('rung 3: a second edit that does not fit', () => {
  it('is answered by asking for the whole file', async () => {
    server.script(
      { body: completionCalls(edit('nothing')) },
      { body: completionCalls(edit('nothing')) },
      { body: completionCalls(GOOD, FINISH) },
    );

    expect(await turn().run()).toMatchObject({ state: 'done' });
    expect(lastToldOf(2)).toContain('whole file with write_file');
  });
});

describe('rung 4: an answer that is cut off', () => {
  it('inside a call is asked for in parts, and the half call never happens', async () => {
    server.script(
      { body: callChunks(0, { name: 'write_file', json: [TRUNCATED_JSON] }) + end('length') },
      { body: completionCalls(GOOD, FINISH) },
    );
    const harness = turn();

    expect(await harness.run()).toMatchObject({ state: 'done' });
    expect(lastToldOf(1)).toContain('cut off inside write_file');
    expect(harness.changes[0]?.edits).toEqual([
      { action: 'write', path: 'server.js', text: 'const c = 3;\n' },
    ]);
  });
});

describe('rung 5: text in the place of calls', () => {
  it('in markdown changes nothing, and is asked for once', async () => {
    server.script(
      { body: completionText('Here you go:\n\n**server.js**\n```js\nconst c = 3;\n```\n') },
      { body: completionCalls(GOOD, FINISH) },
    );
    const harness = turn();

    expect(await harness.run()).toMatchObject({ state: 'done' });
    expect(lastToldOf(1)).toContain('Nothing was applied');
    expect(harness.changes).toHaveLength(1);
  });

  it('in the written format goes through the same checks as calls', async () => {
    await server.close();
    server = await startCompletionsServer({ withoutTools: true });
    const block = (before: string) =>
      `<edit path="server.js">\n<<<<<<< SEARCH\n${before}\n=======\nconst b = 3;\n>>>>>>> REPLACE\n</edit>\n`;
    server.script(
      { body: completionText(`I change it.\n${block('const z = 26;')}`) },
      {
        body: completionText(
          block('const b = 2;'),
          '<call name="finish">\n{"summary": "Changed b"}\n</call>',
        ),
      },
    );
    const harness = turn();

    expect(await harness.run()).toMatchObject({ state: 'done', summary: 'Changed b' });
    expect(lastToldOf(1)).toContain('[edit_file failed]');
    expect(harness.changes[0]?.edits).toEqual([
      { action: 'write', path: 'server.js', text: 'const a = 1;\nconst b = 3;\n' },
    ]);
  });
});

describe('rung 6: a model that never gets it right', () => {
  it('is stopped with a plain message, and nothing was changed', async () => {
    server.answerWith(() => badCall('write_file', TRUNCATED_JSON));
    const harness = turn();

    const result = await harness.run();

    expect(result).toMatchObject({ state: 'failed', errorCode: 'model_bad_answer' });
    expect(result.text).toContain('Your app is unchanged.');
    expect(harness.changes).toEqual([]);
    expect(server.requests).toHaveLength(3);
  });
});
