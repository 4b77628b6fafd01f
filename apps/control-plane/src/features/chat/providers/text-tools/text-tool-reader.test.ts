import { describe, expect, it } from 'vitest';
import type { DoneReason, ModelEvent } from '../model-provider.ts';
import { TextToolReader } from './text-tool-reader.ts';

/** Reads a text in pieces and returns the words and the calls it holds. */
function read(text: string, size = text.length, reason: DoneReason = 'finished') {
  const reader = new TextToolReader();
  const events: ModelEvent[] = [];
  for (let at = 0; at < text.length; at += size)
    events.push(...reader.read({ type: 'text', text: text.slice(at, at + size) }));
  events.push(...reader.read({ type: 'done', reason }));
  return {
    words: events.flatMap((event) => (event.type === 'text' ? [event.text] : [])).join(''),
    calls: events.flatMap((event) =>
      event.type === 'toolReady' ? [{ name: event.name, input: event.input }] : [],
    ),
    end: events.at(-1),
  };
}

const FILE = '<file path="a.html">\n<b>one</b>\n</file>';
const EDIT = `<edit path="a.js">
<<<<<<< SEARCH
let a = 1;
=======
let a = 2;
let b = 3;
>>>>>>> REPLACE
<<<<<<< SEARCH
gone
=======
>>>>>>> REPLACE
</edit>`;

describe('what a model without tools writes', () => {
  it.each([[1], [5], [1000]])('becomes text and calls, in pieces of %i', (size) => {
    const all = `I start.\n${FILE}\n${EDIT}\nif (a < b) stop;\n<call name="finish">\n{"summary":"S"}\n</call>`;

    const { words, calls, end } = read(all, size);

    expect(words.replace(/\n+/g, ' ').trim()).toBe('I start. if (a < b) stop;');
    expect(calls).toEqual([
      { name: 'write_file', input: { path: 'a.html', content: '<b>one</b>\n' } },
      {
        name: 'edit_file',
        input: {
          path: 'a.js',
          edits: [
            { old_string: 'let a = 1;', new_string: 'let a = 2;\nlet b = 3;' },
            { old_string: 'gone', new_string: '' },
          ],
        },
      },
      { name: 'finish', input: { summary: 'S' } },
    ]);
    expect(end).toEqual({ type: 'done', reason: 'toolCalls' });
  });

  it('is kept as it is inside a file, fences and entities too', () => {
    const content = '```\n&amp;\n <file path="x">\n';

    expect(read(`<file path="a.md">\n${content}</file>`).calls[0]?.input).toEqual({
      path: 'a.md',
      content,
    });
  });

  it('is no call in the middle of a line', () => {
    const text = 'Write <file path="a.js">\nlike this.';

    for (const size of [1, 6, 100])
      expect(read(text, size)).toMatchObject({ words: text, calls: [] });
  });

  it('is no edit without both halves', () => {
    expect(read('<edit path="a.js">\nlet a = 2;\n</edit>').calls).toEqual([
      { name: 'edit_file', input: { path: 'a.js', edits: [] } },
    ]);
  });

  it('is looked at once, also where a model repeats a line without end', () => {
    const lines = '<<<<<<< SEARCH\n'.repeat(400) + '=======\n'.repeat(2_500);

    expect(read(`<edit path="a.js">\n${lines}</edit>`).calls[0]?.input).toEqual({
      path: 'a.js',
      edits: [],
    });
  });

  it('is an invalid call when its JSON is, or its end is missing', () => {
    expect(read('<call name="read_file">\npath: a\n</call>').calls).toEqual([
      { name: 'read_file', input: undefined },
    ]);
    expect(read('<file path="a.js">\nlet a').calls).toEqual([
      { name: 'write_file', input: undefined },
    ]);
  });

  it('is no call at all when the answer was cut off inside it', () => {
    expect(read('<file path="a.js">\nlet a', 4, 'maxTokens')).toMatchObject({
      calls: [],
      end: { reason: 'maxTokens' },
    });
  });
});
