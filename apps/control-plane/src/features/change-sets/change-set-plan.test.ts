import { createHash } from 'node:crypto';
import type { Edit } from '@spt-flow/shared/api/change-sets';
import { describe, expect, it } from 'vitest';
import {
  assertEditsPermitted,
  contentsOf,
  isChange,
  planEdits,
  toRequest,
  unkeptPaths,
} from './change-set-plan.ts';
import type { CurrentFile, WorkspaceFiles } from './workspace-files.ts';

type Write = Extract<Edit, { action: 'write' }>;

/** Too large to be read here. */
const LARGE: CurrentFile = { sha256: undefined, text: null, executable: undefined };

function shaOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function fileOf(text: string, executable = false): CurrentFile {
  return { sha256: shaOf(text), text, executable };
}

function write(path: string, text: string, before?: string | null): Write {
  return { action: 'write', path, text, ...(before !== undefined && { before }) };
}

function files(known: Readonly<Record<string, CurrentFile>>): WorkspaceFiles {
  return { read: async (path) => known[path], rootNames: async () => Object.keys(known) };
}

describe('edits', () => {
  it.each([
    ['/etc/passwd', 'path_not_permitted'],
    ['a/../../b', 'path_not_permitted'],
    ['a//b', 'path_not_permitted'],
    ['.git/config', 'path_not_permitted'],
    ['sub/.GIT/hooks/x', 'path_not_permitted'],
  ])('of %s are refused', (path, code) => {
    expect(() => assertEditsPermitted([write(path, 'x')])).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it('of one file may be given once', () => {
    const edits = [write('a', 'x'), write('b', 'x'), write('a', 'y')];

    expect(() => assertEditsPermitted(edits)).toThrow('"a" is edited twice');
    expect(() => assertEditsPermitted([write('.gitignore', 'x'), write('b', 'x')])).not.toThrow();
  });

  it.each<[string, CurrentFile | undefined, string | null | undefined, boolean]>([
    ['whatever it is', fileOf('old'), undefined, true],
    ['as it is', fileOf('old'), shaOf('old'), true],
    ['otherwise', fileOf('old'), shaOf('other'), false],
    ['not there, and it is', fileOf('old'), null, false],
    ['not there, nor is it', undefined, null, true],
    ['there, and it is not', undefined, shaOf('old'), false],
    ['too large to be read: the agent decides', LARGE, shaOf('old'), true],
  ])('that expect the file %s', async (_name, file, before, isPlanned) => {
    const planned = planEdits(files(file ? { a: file } : {}), [write('a', 'new', before)]);

    if (isPlanned) expect(await planned).toHaveLength(1);
    else await expect(planned).rejects.toMatchObject({ code: 'change_set_conflict' });
  });

  it('of more than can be kept are refused', async () => {
    const large = { ...fileOf('x'), text: 'x'.repeat(9_000_000) };

    await expect(
      planEdits(files({ a: large, b: large }), [write('a', ''), write('b', '')]),
    ).rejects.toMatchObject({ code: 'body_too_large' });
  });

  it.each<[string, Edit, CurrentFile | undefined, boolean]>([
    ['of the same text change nothing', write('a', 'x'), fileOf('x'), false],
    ['of another text change something', write('a', 'y'), fileOf('x'), true],
    ['make an empty file', write('a', ''), undefined, true],
    ['give the right to run', { ...write('a', 'x'), executable: true }, fileOf('x'), true],
    [
      'give a right that is there, and change nothing',
      { ...write('a', 'x'), executable: true },
      fileOf('x', true),
      false,
    ],
    [
      'delete what is not there, and change nothing',
      { action: 'delete', path: 'a' },
      undefined,
      false,
    ],
    ['delete a file', { action: 'delete', path: 'a' }, fileOf('x'), true],
    [
      'of the same bytes change nothing',
      { action: 'write-binary', path: 'a', base64: Buffer.from('x').toString('base64') },
      fileOf('x'),
      false,
    ],
  ])('%s', (_name, edit, before, expected) => {
    expect(isChange({ edit, before })).toBe(expected);
  });
});

describe('a planned change', () => {
  const planned = [
    { edit: write('text', 'new'), before: fileOf('old', true) },
    { edit: write('nul', 'a\0b'), before: fileOf('old') },
    { edit: write('large', 'new', shaOf('large')), before: LARGE },
    {
      edit: { action: 'write-binary', path: 'png', base64: 'AAEC' } satisfies Edit,
      before: undefined,
    },
    { edit: { action: 'delete', path: 'gone' } satisfies Edit, before: fileOf('bye') },
  ];

  it('keeps texts for undo, and names what it can’t keep', () => {
    expect(contentsOf(planned)).toEqual([
      { path: 'text', before: 'old', after: 'new', executable: true },
      { path: 'gone', before: 'bye', after: null, executable: false },
    ]);
    expect(unkeptPaths(planned)).toEqual(['nul', 'large', 'png']);
  });

  it('tells the agent what each file has to be', () => {
    const { edits, build, process, probe } = toRequest({
      ...{ id: 'id', planned, appPort: 4000 },
      manifest: null,
    });

    expect({ build, process, probe }).toEqual({ build: null, process: null, probe: null });
    expect(edits.map(({ path, before }) => [path, before])).toEqual([
      ['text', shaOf('old')],
      ['nul', shaOf('old')],
      ['large', shaOf('large')],
      ['png', null],
      ['gone', shaOf('bye')],
    ]);
    expect(edits[3]).toMatchObject({ action: 'write', content: 'AAEC' });
  });
});
