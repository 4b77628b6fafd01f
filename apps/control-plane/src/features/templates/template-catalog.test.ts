import { describe, expect, it } from 'vitest';
import { AppError } from '@spt-flow/shared/domain/errors';
import { TEMPLATE_FILE } from '@spt-flow/shared/domain/template-shape';
import { createTemplateCatalog } from './template-catalog.ts';

const URL = 'https://git.example.com/templates.git';
const TEAM = JSON.stringify({ name: 'team', displayName: 'Team', description: 'Ours' });

function stage(files: Readonly<Record<string, string>>) {
  let nowMs = 0;
  const state = { files, reads: 0, failure: undefined as AppError | undefined };
  const catalog = createTemplateCatalog({
    repositoryUrl: URL,
    clock: { now: () => new Date(nowMs), monotonicMs: () => nowMs },
    readRemoteFiles: async ({ names }) => {
      state.reads += 1;
      if (state.failure) throw state.failure;
      const wanted = names(Object.keys(state.files));
      const read = wanted.map((path) => ({ path, text: state.files[path] ?? '' }));
      return { commit: 'c', files: read };
    },
  });
  return { state, catalog, pass: (ms: number) => void (nowMs += ms) };
}

describe('the catalogue', () => {
  it('offers what is valid, and says what is wrong with the rest', async () => {
    const { catalog } = stage({
      [TEMPLATE_FILE]: TEAM,
      [`node/${TEMPLATE_FILE}`]: JSON.stringify({ name: 'node', displayName: 'Node' }),
      [`broken/${TEMPLATE_FILE}`]: '{',
      [`a/b/c/d/${TEMPLATE_FILE}`]: TEAM,
      'node/README.md': '# Node',
    });

    expect(await catalog.list()).toMatchObject([
      { path: null, name: 'team', description: 'Ours', problem: null },
      { path: 'node', name: 'node', problem: null },
      { path: 'broken', name: 'broken', problem: expect.stringContaining('is not JSON') },
    ]);
  });

  it('is read once for all who ask, and again after some minutes', async () => {
    const { catalog, state, pass } = stage({ [TEMPLATE_FILE]: TEAM });

    await Promise.all([catalog.list(), catalog.list()]);
    expect(state.reads).toBe(1);
    pass(6 * 60_000);
    await catalog.list();
    expect(state.reads).toBe(2);
  });

  it('is asked for again at once where it could not be read', async () => {
    const { catalog, state } = stage({ [TEMPLATE_FILE]: TEAM });
    state.failure = new AppError('clone_failed', 'No such host');

    await expect(catalog.list()).rejects.toMatchObject({ code: 'clone_failed' });
    state.failure = undefined;
    expect(await catalog.list()).toHaveLength(1);
  });
});
