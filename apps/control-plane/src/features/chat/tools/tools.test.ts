import { describe, expect, it } from 'vitest';
import { createOverlay, type Overlay } from './overlay.ts';
import { findTool, TOOL_DEFINITIONS } from './toolbox.ts';
import { memoryFiles } from '../testing/memory-files.ts';
import { noMachine } from '../testing/memory-machine.ts';

async function call(overlay: Overlay, name: string, input: unknown) {
  const tool = findTool(name);
  if (!tool) throw new Error(`no tool ${name}`);
  return tool.call(input, { overlay, machine: noMachine });
}

const SERVER =
  Array.from({ length: 40 }, (_, index) => `const value${index} = ${index};`).join('\n') + '\n';

describe('write_file', () => {
  it('creates a file that only the overlay knows', async () => {
    const files = memoryFiles({});
    const overlay = createOverlay(files);

    const result = await call(overlay, 'write_file', {
      path: 'src/app.js',
      content: 'let a = 1;\n',
    });

    expect(result).toEqual({ text: 'Created src/app.js (1 lines).', isError: false, end: null });
    expect(await overlay.edits()).toEqual([
      { action: 'write', path: 'src/app.js', text: 'let a = 1;\n' },
    ]);
    expect(await files.read('src/app.js')).toBeNull();
  });

  it.each([
    ['../etc/passwd'],
    ['/etc/passwd'],
    ['a/../../b'],
    ['a\\b'],
    [''],
    ['a//b'],
    ['.git/config'],
    ['.GIT/hooks/pre-commit'],
    ['node_modules/x/index.js'],
    ['a\nb'],
    ['.env'],
    ['config/.env.production'],
  ])('refuses the path %j and changes nothing', async (path) => {
    const overlay = createOverlay(memoryFiles({}));

    const result = await call(overlay, 'write_file', { path, content: 'x' });

    expect(result.isError).toBe(true);
    expect(await overlay.edits()).toEqual([]);
  });

  it('refuses folders that the project keeps out of git', async () => {
    const overlay = createOverlay(
      memoryFiles({
        '.gitignore': '# made at run time\ndata/\n.venv/\n',
        'data/entries.jsonl': '{}',
      }),
    );

    expect((await call(overlay, 'read_file', { path: 'data/entries.jsonl' })).isError).toBe(true);
    expect((await call(overlay, 'write_file', { path: '.venv/x.py', content: 'x' })).isError).toBe(
      true,
    );
    expect((await call(overlay, 'list_files', {})).text).toBe('.gitignore');
  });

  it.each([
    ['// ... rest of the code stays the same'],
    ['# existing code'],
    ['<!-- ... -->'],
    ['  // ...'],
    ['/* remaining functions */'],
  ])('refuses the placeholder %j', async (line) => {
    const overlay = createOverlay(memoryFiles({}));

    const result = await call(overlay, 'write_file', {
      path: 'a.js',
      content: `start();\n${line}\n`,
    });

    expect(result).toMatchObject({ isError: true, text: expect.stringContaining('placeholder') });
  });

  it('accepts a placeholder that the original has too', async () => {
    const overlay = createOverlay(memoryFiles({ 'a.js': '// ... \nold();\n' }));

    expect(
      (await call(overlay, 'write_file', { path: 'a.js', content: '// ... \nother();\n' })).isError,
    ).toBe(false);
  });

  it('refuses to halve a file unless the reason is given', async () => {
    const overlay = createOverlay(memoryFiles({ 'server.js': SERVER }));

    const silent = await call(overlay, 'write_file', { path: 'server.js', content: 'run();\n' });
    const announced = await call(overlay, 'write_file', {
      path: 'server.js',
      content: 'run();\n',
      shrink_reason: 'split into modules',
    });

    expect(silent).toMatchObject({
      isError: true,
      text: expect.stringContaining('from 40 to 1 lines'),
    });
    expect(announced.isError).toBe(false);
  });

  it.each([
    [`const key = "sk-${'a'.repeat(40)}";`],
    ['-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----'],
    ['AKIAABCDEFGHIJKLMNOP'],
  ])('refuses a secret in the content', async (content) => {
    const overlay = createOverlay(memoryFiles({}));

    const result = await call(overlay, 'write_file', { path: 'a.js', content });

    expect(result).toMatchObject({ isError: true, text: expect.stringContaining('secret') });
    expect(result.text).not.toContain(content);
  });

  it('refuses a file over the cap, binary text, and no change at all', async () => {
    const overlay = createOverlay(memoryFiles({ 'a.txt': 'same' }));

    expect(
      (await call(overlay, 'write_file', { path: 'b.txt', content: 'x'.repeat(256 * 1024 + 1) }))
        .text,
    ).toContain('256 KiB');
    expect((await call(overlay, 'write_file', { path: 'b.txt', content: 'a\0b' })).isError).toBe(
      true,
    );
    expect((await call(overlay, 'write_file', { path: 'a.txt', content: 'same' })).text).toContain(
      'already',
    );
  });

  it('refuses a name that differs only in letter case', async () => {
    const overlay = createOverlay(memoryFiles({ 'README.md': 'x' }));

    expect((await call(overlay, 'write_file', { path: 'readme.md', content: 'y' })).text).toContain(
      'README.md',
    );
    expect(
      (await call(overlay, 'rename_file', { path: 'README.md', to: 'readme.md' })).isError,
    ).toBe(false);
  });

  it.each([
    ['invalid JSON', undefined],
    ['a missing field', { path: 'a' }],
    ['an unknown field', { path: 'a', content: 'b', mode: 1 }],
    ['a wrong type', { path: 1, content: 'b' }],
    ['nothing', null],
  ])('answers %s with a reason, not an exception', async (_what, input) => {
    const result = await call(createOverlay(memoryFiles({})), 'write_file', input);

    expect(result).toMatchObject({ isError: true, end: null });
    expect(result.text).toContain('write_file');
  });
});

describe('other tools', () => {
  it('edit_file applies all edits of a call or none', async () => {
    const overlay = createOverlay(memoryFiles({ 'a.js': 'one\ntwo\nthree\n' }));

    const bad = await call(overlay, 'edit_file', {
      path: 'a.js',
      edits: [
        { old_string: 'one', new_string: '1' },
        { old_string: 'four', new_string: '4' },
      ],
    });

    expect(bad).toMatchObject({ isError: true, text: expect.stringContaining('Edit 2 of 2') });
    expect(await overlay.edits()).toEqual([]);
    const good = await call(overlay, 'edit_file', {
      path: 'a.js',
      edits: [{ old_string: 'two', new_string: '2' }],
    });
    expect(good.text).toBe('Edited a.js (1 place).');
    expect(await overlay.read('a.js')).toBe('one\n2\nthree\n');
  });

  it('delete, rename and re-creation end as the smallest set of edits', async () => {
    const overlay = createOverlay(memoryFiles({ 'a.txt': 'A', 'b.txt': 'B', 'c.txt': 'C' }));

    await call(overlay, 'delete_file', { path: 'a.txt' });
    await call(overlay, 'write_file', { path: 'a.txt', content: 'A' });
    await call(overlay, 'rename_file', { path: 'b.txt', to: 'd.txt' });
    await call(overlay, 'write_file', { path: 'new.txt', content: 'n' });
    await call(overlay, 'delete_file', { path: 'new.txt' });

    expect(await overlay.edits()).toEqual([
      { action: 'delete', path: 'b.txt' },
      { action: 'write', path: 'd.txt', text: 'B' },
    ]);
    expect((await call(overlay, 'delete_file', { path: 'b.txt' })).isError).toBe(true);
    expect((await call(overlay, 'rename_file', { path: 'c.txt', to: 'd.txt' })).text).toContain(
      'exists already',
    );
  });

  it('list_files, read_file and search show the overlay', async () => {
    const overlay = createOverlay(memoryFiles({ 'src/a.js': 'Hello\nworld\n', 'b.md': 'x' }));
    await call(overlay, 'write_file', { path: 'src/c.js', content: 'say hello\n' });

    expect((await call(overlay, 'list_files', {})).text).toBe('b.md\nsrc/a.js\nsrc/c.js');
    expect((await call(overlay, 'list_files', { folder: 'src/' })).text).toBe('src/a.js\nsrc/c.js');
    expect((await call(overlay, 'read_file', { path: 'src/a.js', from_line: 2 })).text).toBe(
      'world\n',
    );
    expect((await call(overlay, 'search', { text: 'HELLO' })).text).toBe(
      'src/a.js:1: Hello\nsrc/c.js:1: say hello',
    );
    expect((await call(overlay, 'search', { text: 'nowhere' })).text).toBe(
      'No file contains "nowhere".',
    );
    expect((await call(overlay, 'read_file', { path: 'none' })).isError).toBe(true);
  });

  it('read_file cuts a long file and says where to go on', async () => {
    const text = Array.from({ length: 10_000 }, (_, index) => `line number ${index + 1}`).join(
      '\n',
    );
    const overlay = createOverlay(memoryFiles({ 'long.txt': text }));

    const first = (await call(overlay, 'read_file', { path: 'long.txt' })).text;
    const next = Number(/from_line (\d+)/.exec(first)?.[1]);
    const second = (await call(overlay, 'read_file', { path: 'long.txt', from_line: next })).text;

    expect(second.startsWith(`line number ${next}\n`)).toBe(true);
  });

  it('asks the machine for its files once, however many are written', async () => {
    let asked = 0;
    const files = memoryFiles({ 'a.txt': 'A' });
    const overlay = createOverlay({ ...files, list: () => ((asked += 1), files.list()) });

    for (const path of ['b.txt', 'c.txt', 'd.txt'])
      await call(overlay, 'write_file', { path, content: path });
    await call(overlay, 'list_files', {});

    expect(asked).toBe(1);
  });

  it('list_files stays small for 10,000 files', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, index) => [`f/${index}.txt`, 'x']),
    );

    const { text } = await call(createOverlay(memoryFiles(many)), 'list_files', {});

    expect(text.split('\n')).toHaveLength(1001);
    expect(text).toContain('and 9000 more');
  });

  it('ask_user and finish end the turn', async () => {
    const overlay = createOverlay(memoryFiles({}));

    expect((await call(overlay, 'finish', { summary: 'Done it' })).end).toEqual({
      type: 'finish',
      summary: 'Done it',
      nextSteps: [],
    });
    expect(
      (await call(overlay, 'ask_user', { questions: [{ question: 'Which?', choices: ['A'] }] }))
        .end,
    ).toEqual({ type: 'ask', questions: [{ question: 'Which?', choices: ['A'] }] });
    expect((await call(overlay, 'finish', { summary: ' ' })).isError).toBe(true);
  });

  it('every definition is an object schema that names its required fields', () => {
    for (const { inputSchema } of TOOL_DEFINITIONS) {
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(inputSchema).not.toHaveProperty('$schema');
    }
    expect(TOOL_DEFINITIONS.map(({ name }) => name)).toEqual([
      'write_file',
      'edit_file',
      'delete_file',
      'rename_file',
      'read_file',
      'list_files',
      'search',
      'add_dependency',
      'run_command',
      'read_logs',
      'ask_user',
      'propose_plan',
      'publish',
      'finish',
    ]);
  });
});
