import { expect, it, vi } from 'vitest';
import type { CoderWorkspace } from './coder-shapes.ts';
import { createStatusWatch } from './status-watch.ts';

function workspace(name: string, buildId: string): CoderWorkspace {
  const build = { id: buildId, transition: 'start', reason: '', status: 'running', resources: [] };
  const job = { status: 'succeeded', error: '', queue_position: 0 };
  return {
    ...{ id: name, name, template_name: 'box', outdated: false },
    latest_build: { ...build, template_version_id: 'v', job },
  };
}

it('takes none for deleted that a list has left out', async () => {
  const there = new Map([['left-out', workspace('left-out', 'b')]]);
  const ends: string[] = [];
  const watch = createStatusWatch(
    { workspaces: async () => [], workspace: async (name) => there.get(name) },
    {
      intervalMs: 1,
      onError(error) {
        throw error;
      },
    },
  );
  for (const name of ['left-out', 'deleted'])
    watch.watch(name, { buildId: 'b', onEnded: (cause) => ends.push(`${name}: ${cause}`) });

  await vi.waitFor(() => expect(ends).toHaveLength(1));
  expect(ends).toEqual(['deleted: The workspace was deleted in Coder']);
  there.clear();
  await vi.waitFor(() => expect(ends).toHaveLength(2));
  watch.close();
});
