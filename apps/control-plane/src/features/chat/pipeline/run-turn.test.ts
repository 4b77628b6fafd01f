import { AppError } from '@spt-flow/shared/domain/errors';
import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../testing/memory-files.ts';
import {
  calls,
  fail,
  finish,
  says,
  scriptedProvider,
  write,
} from '../testing/scripted-provider.ts';
import { changeSetOf, turnHarness } from '../testing/turn-harness.ts';

const ROLLED_BACK = {
  outcome: 'rolled_back',
  reason: 'Error: no such module at line 12, pid 4711',
  probe: null,
} as const;

/** The change was made; the app did not work before it either. */
const STILL_BROKEN = {
  outcome: 'committed',
  reason: 'Error: cannot find the spoon',
  probe: { url: '/', status: null, durationMs: 1, error: 'ECONNREFUSED' },
} as const;

describe('a turn', () => {
  it('changes files, proves the app, and only then says done', async () => {
    const provider = scriptedProvider(
      [{ type: 'text', text: 'I build it.' }, ...calls({ name: 'list_files', input: {} })],
      calls(write('server.js', 'run();\n'), write('page.html', '<h1>Hi</h1>\n')),
      calls(finish('Added a guestbook')),
    );
    const harness = turnHarness(provider);

    const result = await harness.run();

    expect(result).toMatchObject({
      state: 'done',
      summary: 'Added a guestbook',
      usage: { inputTokens: 30, outputTokens: 15 },
      errorCode: null,
    });
    expect(result.text).toBe(
      'I build it.\n\nAdded a guestbook\n\nDone: your app is running and answered with 200 in 84 ms.',
    );
    expect(harness.streamed()).toBe(result.text);
    expect(harness.changes[0]?.edits.map((edit) => edit.path)).toEqual(['page.html', 'server.js']);
    expect(result.steps.map(({ label, state }) => [label, state])).toEqual([
      ['Looking at the project', 'done'],
      ['Writing server.js', 'done'],
      ['Writing page.html', 'done'],
      ['Checking: 200 in 84 ms', 'done'],
    ]);
  });

  it('shows the phases of the change as plain steps', async () => {
    const harness = turnHarness(scriptedProvider(calls(write('a.js', 'a'), finish('A'))), {
      applyChange: async (change) => {
        for (const phase of ['check', 'write', 'build', 'restart', 'probe', 'commit'] as const) {
          change.onProgress({ phase, state: 'running', detail: '', durationMs: 0 });
          change.onProgress({ phase, state: 'done', detail: 'ok', durationMs: 7 });
        }
        return changeSetOf(change);
      },
    });

    const { steps } = await harness.run();

    expect(steps.map((step) => step.label)).toEqual([
      'Writing a.js',
      'Checking the files',
      'Saving the files',
      'Putting it together',
      'Starting',
      'Checking: 200 in 84 ms',
      'Keeping the change',
    ]);
    expect(steps.every((step) => step.state === 'done')).toBe(true);
    const shown = harness.steps.flatMap(({ progress }) => progress ?? []);
    expect(shown.length).toBeGreaterThan(1);
    expect(shown).toEqual(shown.toSorted((a, b) => a - b));
    expect(steps.every(({ progress }) => progress === undefined)).toBe(true);
  });

  it('counts the files it reads in one step', async () => {
    const read = (path: string) => ({ name: 'read_file', input: { path } });
    const harness = turnHarness(
      scriptedProvider(calls(read('a'), read('b'), read('c')), says('All fine')),
      {
        files: memoryFiles({ a: '1', b: '2', c: '3' }),
      },
    );

    const { steps, text } = await harness.run();

    expect(steps.map((step) => step.label)).toEqual(['Reading 3 files']);
    expect(text).toBe('All fine');
  });

  it('names a file while it is still being written', async () => {
    const provider = scriptedProvider(async function* () {
      yield { type: 'toolStart', id: 'w', name: 'write_file' };
      yield { type: 'toolDelta', id: 'w', json: '{"pa' };
      yield { type: 'toolDelta', id: 'w', json: 'th":"index.html","content":"' };
      yield fail('overloaded', false);
    });
    const harness = turnHarness(provider);

    await harness.run();

    expect(harness.steps.map(({ label, state }) => [label, state])).toEqual([
      ['Writing index.html', 'running'],
      ['Writing index.html', 'failed'],
    ]);
  });

  it('ends with a question and its choices, without a change', async () => {
    const harness = turnHarness(
      scriptedProvider(
        calls({
          name: 'ask_user',
          input: { questions: [{ question: 'Which one?', choices: ['A', 'B'] }] },
        }),
      ),
    );

    expect(await harness.run()).toMatchObject({
      state: 'done',
      text: 'Which one?',
      choices: ['A', 'B'],
      changeSetId: null,
    });
    expect(harness.changes).toEqual([]);
  });

  it('publishes when the model says that this is what is asked', async () => {
    const publish = { name: 'publish', input: {} };
    const harness = turnHarness(scriptedProvider(calls(publish)), {
      publish: async () => ({ state: 'done', text: 'Your app is online' }),
    });
    const changing = turnHarness(scriptedProvider(calls(publish, write('a.txt', 'a'))));

    expect(await harness.run('Опубликуй это')).toMatchObject({
      state: 'done',
      text: 'Your app is online',
      changeSetId: null,
    });
    expect((await changing.run()).text).toContain('Done: your app is running');
  });

  it('only answers when nothing is to be changed', async () => {
    const harness = turnHarness(scriptedProvider(says('It is a guestbook.')));

    expect(await harness.run('what is this?')).toMatchObject({
      state: 'done',
      text: 'It is a guestbook.',
      summary: null,
    });
    expect(harness.changes).toEqual([]);
  });

  it('does not say done when there is no app to probe', async () => {
    const harness = turnHarness(
      scriptedProvider(calls(write('notes.md', 'x'), finish('Wrote notes'))),
      {},
      [{ probe: null }],
    );

    const { text } = await harness.run();

    expect(text).toContain('Saved. There is no app to start yet.');
    expect(text).not.toContain('Done');
  });

  it('sends layers, window and request, and no secret', async () => {
    const provider = scriptedProvider(says('ok'));
    const harness = turnHarness(provider, {
      decisions: ['Built a page with hunter2hunter2'],
      earlierRequests: [`a guestbook ${'very '.repeat(100)}nice`],
      history: [
        { role: 'assistant', text: 'cut from an older window' },
        { role: 'user', text: 'my key is hunter2hunter2' },
        { role: 'user', text: 'and more' },
        { role: 'assistant', text: 'fine' },
      ],
      files: memoryFiles({ 'spt-flow.json': '{"start":"node x"}', 'a.js': 'x' }),
      secrets: [{ name: 'DB_PASSWORD', value: 'hunter2hunter2' }],
    });

    await harness.run('now this');

    const [sent] = provider.requests;
    expect(sent?.messages.map(({ role, parts }) => [role, parts.length])).toEqual([
      ['user', 2],
      ['assistant', 1],
      ['user', 1],
    ]);
    expect(sent?.system).toHaveLength(2);
    expect(sent?.system[1]).toContain('a.js\nspt-flow.json');
    expect(sent?.system[1]).toContain('"start":"node x"');
    expect(sent?.system[1]).toMatch(/Earlier requests.*\n- a guestbook (?:very )+v?e?r?y?…\n/);
    expect(JSON.stringify(sent)).not.toContain('hunter2hunter2');
  });

  it('masks secrets in what tools read', async () => {
    const provider = scriptedProvider(
      calls({ name: 'read_file', input: { path: 'c.js' } }),
      says('ok'),
    );
    const harness = turnHarness(provider, {
      files: memoryFiles({ 'c.js': `key = "sk-${'q'.repeat(30)}"` }),
    });

    await harness.run();

    expect(provider.requests[1]?.messages.at(-1)?.parts).toMatchObject([
      { text: 'key = "[secret removed]"' },
    ]);
  });
});

describe('the fix loop', () => {
  it('tells the model why, and ends with the corrected app', async () => {
    const provider = scriptedProvider(
      calls(write('server.js', 'broken('), finish('First')),
      calls(
        {
          name: 'edit_file',
          input: { path: 'server.js', edits: [{ old_string: 'broken(', new_string: 'works()' }] },
        },
        finish('Second'),
      ),
    );
    const harness = turnHarness(provider, {}, [
      { outcome: 'rejected', reason: 'server.js:1 Unexpected end of input', probe: null },
    ]);

    const result = await harness.run();

    expect(result).toMatchObject({ state: 'done', summary: 'Second' });
    expect(harness.changes.at(-1)?.edits).toEqual([
      { action: 'write', path: 'server.js', text: 'works()' },
    ]);
    expect(JSON.stringify(provider.requests[1]?.messages.at(-1))).toContain(
      'Unexpected end of input',
    );
    expect(result.text).not.toContain('First');
  });

  it('stops when the same failure comes again, whatever its numbers', async () => {
    const provider = scriptedProvider(
      calls(write('a.js', '1'), finish('One')),
      calls(write('a.js', '2'), finish('Two')),
      calls(write('a.js', '3'), finish('Three')),
    );
    const harness = turnHarness(provider, {}, [
      ROLLED_BACK,
      { ...ROLLED_BACK, reason: 'Error: no such module at line 99, pid 4712' },
    ]);

    const result = await harness.run();

    expect(result).toMatchObject({ state: 'failed', errorCode: 'change_set_rolled_back' });
    expect(harness.changes).toHaveLength(2);
    expect(result.text).toContain('failed in the same way again');
    expect(result.text).toContain('as it was before');
    expect(result.text).not.toContain('Done');
  });

  it.each([
    ['npm error code ENOTFOUND', 'could not be fetched from the network'],
    ['pip: [Errno -3] Temporary failure in name resolution', 'could not be fetched'],
    ['Error: listen EADDRINUSE: address already in use 127.0.0.1:3001', 'Stop the machine'],
    ['/bin/sh: 1: node: not found\nexit code 127', 'an image that has it'],
    ['TypeError: x is undefined', 'describe the change in another way'],
  ])('names what helps after %j', async (reason, next) => {
    const provider = scriptedProvider(calls(write('a.js', '1'), finish('One')), says('No.'));
    const rolledBack = { ...ROLLED_BACK, reason };

    expect((await turnHarness(provider, {}, [rolledBack]).run()).text).toContain(next);
  });

  it('stops after three different failures', async () => {
    const replies = ['1', '2', '3', '4'].map((text) => calls(write('a.js', text), finish(text)));
    const harness = turnHarness(
      scriptedProvider(...replies),
      {},
      ['one', 'two', 'three'].map((reason) => ({ ...ROLLED_BACK, reason })),
    );

    const result = await harness.run();

    expect(harness.changes).toHaveLength(3);
    expect(result.text).toContain('I tried 3 times');
    expect(result.text).toContain('three');
  });

  it('goes on with an app that was broken before, until it works', async () => {
    const provider = scriptedProvider(
      calls(write('a.js', '1'), finish('One')),
      calls(write('a.js', '2'), finish('Two')),
    );
    const harness = turnHarness(provider, {}, [STILL_BROKEN]);

    const result = await harness.run();

    expect(result).toMatchObject({ state: 'done', summary: 'Two' });
    expect(result.text).toContain('Done: your app is running');
    expect(JSON.stringify(provider.requests[1]?.messages.at(-1))).toMatch(
      /is kept, but the app does not work.*cannot find the spoon/,
    );
  });

  it('never says done of an app that stays broken, and that the change is kept', async () => {
    const provider = scriptedProvider(
      calls(write('a.js', '1'), finish('One')),
      calls(write('a.js', '2'), finish('Two')),
    );
    const harness = turnHarness(provider, {}, [STILL_BROKEN, STILL_BROKEN]);

    const result = await harness.run();

    expect(result).toMatchObject({ state: 'done', errorCode: null, summary: 'Two' });
    expect(result.text).toContain('your app still does not work');
    expect(result.text).toContain('what I changed is kept');
    expect(result.text).toContain('cannot find the spoon');
    expect(result.text).not.toContain('Done');
  });

  it('ends when the model says that it cannot', async () => {
    const provider = scriptedProvider(
      calls(write('a.js', '1'), finish('One')),
      says('I do not know how.'),
    );

    const result = await turnHarness(provider, {}, [ROLLED_BACK]).run();

    expect(result).toMatchObject({ state: 'failed' });
    expect(result.text).toContain('I do not know how.');
    expect(result.text).toContain('no such module');
  });

  it.each([
    ['agent_offline', 'Your work is saved'],
    ['change_set_busy', 'Nothing was changed'],
  ] as const)('says plainly that the machine answered %s', async (code, safe) => {
    const harness = turnHarness(scriptedProvider(calls(write('a.js', '1'), finish('One'))), {
      applyChange: () => Promise.reject(new AppError(code)),
    });

    const result = await harness.run();

    expect(result).toMatchObject({ state: 'failed', errorCode: code });
    expect(result.text).toContain(safe);
  });
});
