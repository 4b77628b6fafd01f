import * as z from 'zod';
import { AppError } from '@spt-flow/shared/domain/errors';
import { TunnelError } from '@spt-flow/tunnel/types';
import { answerWith, type Replicas } from '../replicas/index.ts';
import type { Workspaces, WorkspaceRow } from '../workspaces/index.ts';
import type { Manifest } from './manifest.ts';
import type { SnapshotStore } from './snapshot-store.ts';

export interface RestoreCause {
  readonly reason: string;
  readonly correlationId: string;
}

/** Copying is what needs the machine of the workspace; copies lie in the data directory, which all replicas have. */
export interface Copying {
  copy(id: string, workspace: WorkspaceRow): Promise<Manifest>;
  restore(snapshotId: string, workspace: WorkspaceRow, cause: RestoreCause): Promise<WorkspaceRow>;
}

export interface ShareCopiesDeps {
  /** Unset: this is the only one. */
  readonly replicas?: Pick<Replicas, 'ask' | 'serve'> | undefined;
  readonly local: Copying;
  readonly store: Pick<SnapshotStore, 'manifest'>;
  readonly workspaces: Pick<Workspaces['service'], 'byId'>;
  readonly copies: Pick<Workspaces['copies'], 'elsewhere'>;
}

const CopySchema = z.object({ workspaceId: z.uuid(), id: z.uuid() });
const RestoreSchema = CopySchema.extend({ reason: z.string(), correlationId: z.string() });

/** shareCopies has each workspace copied and restored by the replica that looks after it. */
export function shareCopies({ replicas, local, store, ...deps }: ShareCopiesDeps): Copying {
  if (!replicas) return local;

  async function rowOf(workspaceId: string): Promise<WorkspaceRow> {
    const row = await deps.workspaces.byId(workspaceId);
    if (!row) throw new AppError('not_found');
    return row;
  }

  /** False: it has to be done here. */
  const isDone = async (
    workspaceId: string,
    call: { to: string; [name: string]: string },
  ): Promise<boolean> => {
    const owner = await deps.copies.elsewhere(workspaceId);
    if (owner === undefined) return false;
    try {
      await replicas.ask(owner, { ...call, workspaceId });
      return true;
    } catch (error) {
      if (!(error instanceof TunnelError)) throw error;
      throw new AppError('workspace_busy', 'The workspace is being taken over', { cause: error });
    }
  };

  replicas.serve(
    'snapshots.copy',
    answerWith(CopySchema, async ({ id, workspaceId }) => {
      await local.copy(id, await rowOf(workspaceId));
    }),
  );
  replicas.serve(
    'snapshots.restore',
    answerWith(RestoreSchema, async ({ id, workspaceId, ...cause }) => {
      await local.restore(id, await rowOf(workspaceId), cause);
    }),
  );
  return {
    copy: async (id, workspace) =>
      (await isDone(workspace.id, { to: 'snapshots.copy', id }))
        ? store.manifest(id)
        : local.copy(id, workspace),
    restore: async (id, workspace, cause) =>
      (await isDone(workspace.id, { to: 'snapshots.restore', id, ...cause }))
        ? rowOf(workspace.id)
        : local.restore(id, workspace, cause),
  };
}
