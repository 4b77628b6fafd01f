import { describe, expect, it } from 'vitest';
import { AppError } from '@spt-flow/shared/domain/errors';
import { DEFAULT_SETTINGS } from '@spt-flow/shared/domain/workspace-settings';
import type { WorkspaceCopies, WorkspaceFiles } from '../providers/provider.ts';
import { createCopyService, type CopyDeps } from './workspace-copies.ts';

const CAUSE = { reason: 'Somebody asked', correlationId: 'test' };

type Row = NonNullable<Awaited<ReturnType<CopyDeps['repository']['get']>>>;

function stage() {
  const row = {
    ...{ id: 'w', projectId: 'p', provider: 'local', actualState: 'running' },
    ...{ desiredState: 'running', providerState: {}, settings: DEFAULT_SETTINGS, nextStart: null },
  } as unknown as Row;
  const kept: number[] = [];
  const state = { canSwitchBack: true, write: async (): Promise<void> => undefined };
  const copies: WorkspaceCopies = {
    read: async () => undefined,
    write: () => state.write(),
    keepOnly: async ({ revision }: WorkspaceFiles) => void kept.push(revision),
  };
  const service = createCopyService({
    repository: {
      get: async () => row,
      transaction: async (work) => work({} as never),
      async replaceDesired(_id, { to }) {
        row.desiredState = to;
        return row;
      },
      async setProviderState(_id, change) {
        row.providerState = { ...row.providerState, ...change.state };
      },
      async switchRevision(_id, { from, to }) {
        if (to < from && !state.canSwitchBack) return false;
        row.providerState = { ...row.providerState, revision: to };
        return true;
      },
    },
    providers: { of: () => ({ copies }) } as unknown as CopyDeps['providers'],
    reconciler: {
      request: () => undefined,
      settled: async () => undefined,
      isBusy: async () => false,
      elsewhere: async () => undefined,
    },
    async ensureReady() {
      row.desiredState = 'running';
      await service.onRunning(row);
      return ready();
    },
    onWorkspaceChanged: async () => undefined,
  });
  let ready = async (): Promise<Row> => row;
  return {
    ...{ row, kept, state, service },
    whenStarted: (work: () => Promise<Row>) => void (ready = work),
    replace: () => service.replace({ ...row }, nothing(), CAUSE),
  };
}

async function* nothing(): AsyncGenerator<never> {
  // There are no parts.
}

async function offline(): Promise<Row> {
  throw new AppError('agent_offline');
}

describe('other files for a workspace', () => {
  it('replace those from before once it can be worked with', async () => {
    const { replace, row, kept } = stage();

    await replace();

    expect(row.providerState).toEqual({ revision: 1, hasSpareFiles: false });
    expect(kept).toEqual([1]);
  });

  it('with which it started but does not answer do not cost it those from before', async () => {
    const { replace, row, kept, whenStarted } = stage();
    whenStarted(offline);

    await expect(replace()).rejects.toMatchObject({ code: 'restore_failed' });

    expect(row.providerState).toEqual({ revision: 0, hasSpareFiles: false });
    expect(kept).toEqual([0]);
    expect(row.desiredState).toBe('running');
  });

  it('stay, as those from before do, where nobody could switch back', async () => {
    const { replace, row, kept, state, whenStarted, service } = stage();
    whenStarted(offline);
    state.canSwitchBack = false;

    await expect(replace()).rejects.toMatchObject({ code: 'agent_offline' });
    expect(row.providerState).toEqual({ revision: 1, hasSpareFiles: true });
    expect(kept).toEqual([]);

    await service.onRunning(row);
    expect(kept).toEqual([1]);
  });

  it('that can not be written are removed, and it goes on as it was', async () => {
    const { replace, row, kept, state } = stage();
    state.write = () => Promise.reject(new AppError('disk_full'));

    await expect(replace()).rejects.toMatchObject({ code: 'disk_full' });

    expect(row).toMatchObject({ desiredState: 'running', providerState: { hasSpareFiles: false } });
    expect(kept).toEqual([0]);
  });
});
