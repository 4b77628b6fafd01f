import { AppError } from '@spt-flow/shared/domain/errors';
import * as z from 'zod';
import { type Cause, type SharedReconciler, messageOf } from './transitions/index.ts';
import type {
  WorkspaceCopies,
  WorkspaceFiles,
  WorkspacePart,
  Providers,
} from '../providers/index.ts';
import { settingsOf } from './policy/index.ts';
import { hasSpareFiles, revisionOf } from './revision.ts';
import type { WorkspaceRow, WorkspacesRepository } from './workspaces-repository.ts';

export interface CopyService {
  /** The replica that has to copy it; undefined: this one. */
  elsewhere(workspaceId: string): Promise<string | undefined>;
  /** Hands over the files as they are at one moment; what runs meanwhile waits. */
  read(workspace: WorkspaceRow, take: (part: WorkspacePart) => Promise<void>): Promise<void>;
  /** Gives files to a workspace that was never started. */
  fill(workspace: WorkspaceRow, parts: AsyncIterable<WorkspacePart>): Promise<void>;
  /**
   * Gives a workspace other files and starts it. Until it runs with them it keeps those from before; when it does not,
   * it has them again. AppError `restore_failed`.
   */
  replace(
    workspace: WorkspaceRow,
    parts: AsyncIterable<WorkspacePart>,
    cause: Cause,
  ): Promise<WorkspaceRow>;
  /** False while it is to stand still. */
  isFrozen(workspaceId: string): boolean;
  /** It runs with its files: those that were kept for the case that it does not are not needed any more. */
  onRunning(workspace: WorkspaceRow): Promise<void>;
}

export interface CopyDeps {
  readonly repository: Pick<
    WorkspacesRepository,
    'get' | 'transaction' | 'replaceDesired' | 'setProviderState' | 'switchRevision'
  >;
  readonly providers: Providers;
  readonly reconciler: Pick<SharedReconciler, 'request' | 'settled' | 'isBusy' | 'elsewhere'>;
  readonly ensureReady: (
    workspaceId: string,
    options: { correlationId: string },
  ) => Promise<WorkspaceRow>;
  readonly onWorkspaceChanged: (workspaceId: string) => Promise<void>;
}

/** createCopyService copies the files of workspaces, and puts others in their place. */
export function createCopyService(deps: CopyDeps): CopyService {
  const { repository, providers, reconciler } = deps;
  const frozen = new Set<string>();
  const replacing = new Set<string>();

  function copiesOf(workspace: WorkspaceRow): WorkspaceCopies {
    const { copies } = providers.of(workspace);
    if (!copies) throw new AppError('backup_unsupported');
    return copies;
  }

  /** Nothing happens where something else is wanted already. */
  async function want(workspace: WorkspaceRow, to: 'running' | 'stopped', cause: Cause) {
    const from = to === 'running' ? 'stopped' : 'running';
    const row = await repository.transaction((tx) =>
      repository.replaceDesired(workspace.id, { from, to }, tx),
    );
    if (!row) return;
    await deps.onWorkspaceChanged(workspace.id);
    reconciler.request(row, cause);
    await reconciler.settled(workspace.id);
  }

  async function keepOnly(workspace: WorkspaceRow, revision: number): Promise<void> {
    await copiesOf(workspace).keepOnly({ ...filesOf(workspace), revision });
    await repository.setProviderState(workspace.id, { state: { hasSpareFiles: false } });
  }

  async function prove(
    workspace: WorkspaceRow,
    { from, to }: { from: number; to: number },
    cause: Cause,
  ): Promise<WorkspaceRow> {
    if (!(await repository.switchRevision(workspace.id, { from, to })))
      throw new AppError('workspace_busy', 'The workspace was started meanwhile');
    try {
      return await deps.ensureReady(workspace.id, cause);
    } catch (error) {
      await want(workspace, 'stopped', cause);
      if (!(await repository.switchRevision(workspace.id, { from: to, to: from }))) throw error;
      throw new AppError(
        'restore_failed',
        `The restored workspace did not start, so it has its files from before again: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  /** Only what the row does not name may go, whatever was tried. */
  async function giveUp(workspace: WorkspaceRow, from: number, cause: Cause): Promise<void> {
    const row = await repository.get(workspace.id);
    if (!row || revisionOf(row) !== from) return;
    await keepOnly(row, from);
    if (workspace.desiredState === 'running') await want(workspace, 'running', cause);
  }

  return {
    elsewhere: reconciler.elsewhere,
    isFrozen: (workspaceId) => frozen.has(workspaceId),

    async read(workspace, take) {
      const copies = copiesOf(workspace);
      await assertSettled(reconciler, workspace);
      frozen.add(workspace.id);
      try {
        await copies.read(filesOf(workspace), take);
      } finally {
        frozen.delete(workspace.id);
      }
    },

    async fill(workspace, parts) {
      await copiesOf(workspace).write(filesOf(workspace), parts);
      const state = { seeded: true, awaitsFiles: false };
      await repository.setProviderState(workspace.id, { state });
    },

    async replace(workspace, parts, cause) {
      const copies = copiesOf(workspace);
      await assertSettled(reconciler, workspace);
      const from = revisionOf(workspace);
      const to = from + 1;
      replacing.add(workspace.id);
      try {
        await want(workspace, 'stopped', cause);
        await repository.setProviderState(workspace.id, { state: { hasSpareFiles: true } });
        await copies.write({ ...filesOf(workspace), revision: to }, parts);
        const row = await prove(workspace, { from, to }, cause);
        // What can't be removed now is removed at the next start.
        await keepOnly(row, to).catch(() => undefined);
        return row;
      } catch (error) {
        await giveUp(workspace, from, cause);
        throw error;
      } finally {
        replacing.delete(workspace.id);
      }
    },

    async onRunning(workspace) {
      // Whoever replaces the files has not seen yet that it can be worked with.
      if (!hasSpareFiles(workspace) || replacing.has(workspace.id)) return;
      await keepOnly(workspace, revisionOf(workspace));
    },
  };
}

const StateSchema = z.object({ user: z.string().optional() });

function filesOf(workspace: WorkspaceRow): WorkspaceFiles {
  const { id: workspaceId, projectId } = workspace;
  const { user } = StateSchema.parse(workspace.providerState);
  const { size } = settingsOf(workspace);
  return { workspaceId, projectId, user, size, revision: revisionOf(workspace) };
}

async function assertSettled(
  reconciler: Pick<SharedReconciler, 'isBusy' | 'elsewhere'>,
  workspace: WorkspaceRow,
): Promise<void> {
  const { id, actualState, desiredState } = workspace;
  const isSettled = ['running', 'stopped', 'failed'].includes(actualState);
  if (!isSettled || desiredState === 'deleted' || (await reconciler.isBusy(id)))
    throw new AppError('workspace_busy');
  // Only where its machine is can what runs be made to stand still.
  if ((await reconciler.elsewhere(id)) !== undefined)
    throw new AppError('workspace_busy', 'Another replica of spt-flow took the workspace over');
}
