import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Edit } from '@spt-flow/shared/api/change-sets';
import { changeSetRoutes } from '@spt-flow/shared/api/change-sets';
import {
  appEdits,
  apply,
  manifest,
  preview,
  server,
  startApp,
  untilAnswers,
  write,
} from './support/apps.ts';
import { bareRepository } from './support/repository.ts';
import {
  createProject,
  runInWorkspace,
  startRunning,
  type Running,
  type RunningProject,
} from './support/running-product.ts';

let running: Running;
let shop: RunningProject;

beforeAll(async () => {
  running = await startRunning();
  shop = await createProject(running, { name: 'Shop' });
  await startApp(running, shop.workspaceId);
});

afterAll(() => running.close());

/** Every file with its content but git's own and what a build made, which belongs to no change. */
async function filesNow(): Promise<string> {
  const { stdout } = await runInWorkspace(
    running,
    shop.workspaceId,
    `find . -path ./.git -prune -o -type f ! -name made.txt -exec sha256sum {} + | sort -k2; git status --porcelain -- ':!made.txt'`,
  );
  return stdout;
}

describe('a change that does not work', () => {
  const broken: [string, 'rejected' | 'rolled_back', Edit[]][] = [
    ['has a syntax error', 'rejected', [write('server.js', 'const = ;')]],
    ['has a manifest that is no JSON', 'rejected', [write('spt-flow.json', '{')]],
    ['ends at once', 'rolled_back', [write('server.js', 'process.exit(3);\n')]],
    ['never listens', 'rolled_back', [write('server.js', 'setInterval(() => {}, 1000);\n')]],
    ['answers with an error', 'rolled_back', [write('server.js', server('broken', 500))]],
    [
      'fails to build',
      'rolled_back',
      [write('spt-flow.json', manifest('echo built > made.txt; exit 4')), write('new.txt', 'new')],
    ],
    [
      'deletes what it needs',
      'rolled_back',
      [{ action: 'delete', path: 'server.js' }, write('other.txt', 'other')],
    ],
  ];

  it.each(broken)(
    '%s: %s, and the app, its files and its history stay',
    async (_case, outcome, edits) => {
      const before = await filesNow();
      const history = bareRepository(running.data, shop.project.id);
      const head = await history.head();

      const change = await apply(running, shop.workspaceId, { summary: 'Broken', edits });

      expect(change).toMatchObject({ outcome, commit: null, reason: expect.stringMatching(/\S/) });
      await untilAnswers(running, shop.project.previewUrl, 'hello');
      expect(await filesNow()).toBe(before);
      expect(await history.head()).toBe(head);
    },
  );

  it('the app answers while the change is tried, or says that it does not run', async () => {
    const change = apply(running, shop.workspaceId, {
      summary: 'Slow and broken',
      edits: [write('spt-flow.json', manifest('sleep 1; exit 1'))],
    });
    const over = new AbortController();
    void change.finally(() => over.abort());
    const statuses = new Set<number>();
    while (!over.signal.aborted)
      statuses.add((await preview(running, shop.project.previewUrl)).status);

    expect((await change).outcome).toBe('rolled_back');
    expect([...statuses].filter((status) => ![200, 502, 503].includes(status))).toEqual([]);
  });
});

describe('changes at the same time', () => {
  it('one is made and the others are told to wait', async () => {
    const all = await Promise.allSettled(
      ['one', 'two', 'three'].map((name) =>
        apply(running, shop.workspaceId, {
          summary: name,
          edits: [write('name.txt', name), ...appEdits(name)],
        }),
      ),
    );

    const made = all.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const refused = all.flatMap((result): unknown[] =>
      result.status === 'rejected' ? [result.reason] : [],
    );
    expect(made.map(({ outcome }) => outcome)).toEqual(['committed']);
    expect(refused).toEqual(
      Array.from({ length: 2 }, (): unknown =>
        expect.objectContaining({ code: 'change_set_busy' }),
      ),
    );
    const name = made[0]?.summary ?? '';
    await untilAnswers(running, shop.project.previewUrl, name);
    const history = bareRepository(running.data, shop.project.id);
    expect(await history.head()).toBe(made[0]?.commit);
    expect(await history.show('name.txt')).toBe(name);
  });

  it('the last change can be undone once, and not twice at the same time', async () => {
    const { id } = await apply(running, shop.workspaceId, {
      summary: 'Later undone',
      edits: appEdits('later undone'),
    });
    const undo = () => running.api.call(changeSetRoutes.undo, { params: { id } });

    const all = await Promise.allSettled([undo(), undo()]);

    expect(all.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(undo()).rejects.toMatchObject({ code: 'change_set_conflict' });
  });
});
