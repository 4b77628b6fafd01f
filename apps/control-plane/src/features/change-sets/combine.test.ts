import { describe, expect, it } from 'vitest';
import type { ChangeSetRow } from './change-sets-repository.ts';
import { combine } from './combine.ts';

function change(
  contents: ChangeSetRow['contents'],
  receipt: Record<string, unknown> = {},
): ChangeSetRow {
  return {
    id: '',
    organizationId: '',
    workspaceId: '',
    userId: null,
    summary: '',
    outcome: 'committed',
    reason: null,
    commit: null,
    contents,
    receipt,
    durationMs: 0,
    replicaId: null,
    createdAt: new Date(0),
  };
}

describe('changes together', () => {
  it('go from the first text of a file to the last', () => {
    const { files } = combine([
      change([{ path: 'a', before: '1', after: '2' }]),
      change([
        { path: 'b', before: null, after: 'new' },
        { path: 'a', before: '2', after: '3' },
      ]),
    ]);

    expect(files).toEqual([
      { path: 'a', before: '1', after: '3' },
      { path: 'b', before: null, after: 'new' },
    ]);
  });

  it('leave out what is as it was, also a file that came and went', () => {
    const { files } = combine([
      change([
        { path: 'a', before: '1', after: '2' },
        { path: 'b', before: null, after: 'new' },
      ]),
      change([
        { path: 'a', before: '2', after: '1' },
        { path: 'b', before: 'new', after: null },
      ]),
    ]);

    expect(files).toEqual([]);
  });

  it('remember whether a file could be run before the first of them', () => {
    const { files } = combine([
      change([{ path: 'run.sh', before: '1', after: '2', executable: true }]),
      change([{ path: 'run.sh', before: '2', after: '3', executable: false }]),
    ]);

    expect(files).toEqual([{ path: 'run.sh', before: '1', after: '3', executable: true }]);
  });

  it('name files whose contents were not kept once', () => {
    const unkept = { unkept: ['photo.png'] };

    expect(combine([change([], unkept), change([], unkept)])).toEqual({
      files: [],
      unkept: ['photo.png'],
    });
  });
});
