import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../testing/memory-files.ts';
import { memoryMachine } from '../testing/memory-machine.ts';
import { createOverlay } from './overlay.ts';
import type { ProjectMachine } from './project-machine.ts';
import { findTool } from './toolbox.ts';

const PACKAGE = '{"dependencies":{}}\n';

function on(files: Record<string, string>, machine: ProjectMachine) {
  const overlay = createOverlay(memoryFiles(files));
  return {
    overlay,
    async call(name: string, input: unknown) {
      const result = await findTool(name)?.call(input, { overlay, machine });
      if (!result) throw new Error(`no tool ${name}`);
      return result;
    },
  };
}

describe('run_command', () => {
  it('runs with the edits of the turn and answers with the exit code and the output', async () => {
    const machine = memoryMachine({ exitCode: 1, output: '1 test failed' });
    const { call } = on({ 'a.js': 'old\n' }, machine);
    await call('write_file', { path: 'a.js', content: 'new\n' });

    const result = await call('run_command', { command: 'npm test' });

    expect(result.text).toBe('Exit code 1.\n1 test failed');
    expect(machine.asked).toEqual([
      {
        command: 'npm test',
        edits: [{ action: 'write', path: 'a.js', text: 'new\n' }],
        keep: [],
      },
    ]);
  });

  it('says that a command did not end', async () => {
    const { call } = on({}, memoryMachine({ exitCode: null, timedOut: true }));

    expect((await call('run_command', { command: 'node server.js' })).text).toContain(
      'did not end in time',
    );
  });
});

describe('read_logs', () => {
  it('answers with the last lines', async () => {
    const { call } = on({}, memoryMachine({}, ['one', 'two', 'three']));

    expect((await call('read_logs', { lines: 2 })).text).toBe('two\nthree');
  });
});

describe('add_dependency', () => {
  it('takes the manifest and the lock file as the package manager wrote them', async () => {
    const files = new Map([
      ['package.json', '{"dependencies":{"nanoid":"5.1.2"}}\n'],
      ['package-lock.json', '{"lockfileVersion":3}\n'],
    ]);
    const machine = memoryMachine({ files });
    const { call, overlay } = on({ 'package.json': PACKAGE }, machine);

    expect(await call('add_dependency', { name: 'nanoid' })).toMatchObject({ isError: false });
    expect(machine.asked[0]?.command).toContain("'nanoid@latest'");
    expect((await overlay.edits()).map((edit) => edit.path)).toEqual([
      'package-lock.json',
      'package.json',
    ]);
  });

  it('writes the exact version that pip would take', async () => {
    const report = { install: [{ metadata: { name: 'Flask', version: '3.1.0' } }] };
    const files = new Map([['.dependency.json', JSON.stringify(report)]]);
    const { call, overlay } = on(
      { 'requirements.txt': 'flask>=2\ngunicorn==23.0.0\n' },
      memoryMachine({ files }),
    );

    await call('add_dependency', { name: 'flask' });

    expect(await overlay.read('requirements.txt')).toBe('gunicorn==23.0.0\nFlask==3.1.0\n');
  });

  it('that the registry does not know changes nothing and says why', async () => {
    const { call, overlay } = on(
      { 'package.json': PACKAGE },
      memoryMachine({ exitCode: 1, output: 'npm error 404' }),
    );

    const result = await call('add_dependency', { name: 'no-such-package' });

    expect(result).toMatchObject({ isError: true });
    expect(result.text).toContain('npm error 404');
    expect(await overlay.edits()).toEqual([]);
  });

  it.each([["x'; rm -rf ~; '"], ['../x'], ['$(id)'], ['a b'], ['-g']])(
    'refuses the name %j',
    async (name) => {
      const machine = memoryMachine({});
      const { call } = on({ 'package.json': PACKAGE }, machine);

      expect(await call('add_dependency', { name })).toMatchObject({ isError: true });
      expect(machine.asked).toEqual([]);
    },
  );

  it('needs a project of a kind that it knows', async () => {
    const { call } = on({ 'index.html': 'x' }, memoryMachine({}));

    expect((await call('add_dependency', { name: 'x' })).text).toContain('has none of');
  });
});

describe('what people locked', () => {
  const manifest = JSON.stringify({ kind: 'x', start: 'x', locked: ['prices.json', 'legal/'] });
  const files = { 'spt-flow.json': manifest, 'prices.json': '1\n', 'legal/terms.md': 'T\n' };

  it.each([
    ['write_file', { path: 'prices.json', content: '2\n' }],
    ['write_file', { path: 'Prices.JSON', content: '2\n' }],
    ['write_file', { path: 'legal/new.md', content: '2\n' }],
    ['edit_file', { path: 'legal/terms.md', edits: [{ old_string: 'T', new_string: 'U' }] }],
    ['delete_file', { path: 'prices.json' }],
    ['rename_file', { path: 'prices.json', to: 'free.json' }],
  ])('is not changed by %s of %j', async (name, input) => {
    const { call, overlay } = on(files, memoryMachine({}));

    const result = await call(name, input);

    expect(result.isError).toBe(true);
    expect(result.text).toContain('locked by a person');
    expect(await overlay.edits()).toEqual([]);
  });

  it('cannot be unlocked by a turn, but the manifest can be changed otherwise', async () => {
    const { call } = on(files, memoryMachine({}));
    const unlocked = JSON.stringify({ kind: 'x', start: 'x' });
    const restarted = JSON.stringify({ ...JSON.parse(manifest), start: 'y' });

    expect(await call('write_file', { path: 'spt-flow.json', content: unlocked })).toMatchObject({
      isError: true,
    });
    expect(await call('write_file', { path: 'spt-flow.json', content: restarted })).toMatchObject({
      isError: false,
    });
  });

  it('can be read', async () => {
    const { call } = on(files, memoryMachine({}));

    expect((await call('read_file', { path: 'prices.json' })).text).toBe('1\n');
  });
});
