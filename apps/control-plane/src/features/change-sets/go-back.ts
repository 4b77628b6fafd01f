import { randomUUID } from 'node:crypto';
import type { ChangeSet, Edit } from '@spt-flow/shared/api/change-sets';
import type { LiveEvent } from '@spt-flow/shared/api/live';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Queryable } from '@spt-flow/db/client';
import type { AgentConnections } from '../agents/index.ts';
import type { Principal } from '../../lib/principal.ts';
import { toChangeSet, toStoredReceipt } from './change-set-view.ts';
import { reverse, type ChangeSetService } from './change-sets-service.ts';
import type { ChangeSetRow, ChangeSetsRepository, FileContents } from './change-sets-repository.ts';
import { combine, type CombinedChange } from './combine.ts';
import { createWorkspaceFiles } from './workspace-files.ts';

export interface GoBackDeps {
  readonly repository: ChangeSetsRepository;
  readonly agents: AgentConnections;
  readonly workspaces: {
    ensureReady(workspaceId: string, options: { correlationId: string }): Promise<unknown>;
  };
  readonly apply: ChangeSetService['apply'];
  readonly events: { append(topic: string, event: LiveEvent, tx?: Queryable): Promise<number> };
}

export interface WorkspacePlace {
  readonly workspaceId: string;
  readonly projectId: string;
  readonly principal: Principal;
  readonly correlationId: string;
}

interface Return {
  /** Of the change that goes back, for those who have to find it again after a crash. */
  readonly id?: string;
  readonly at: Date;
  readonly summary: string;
  /** Also what others changed meanwhile. */
  readonly overwrite: boolean;
}

export interface ChangesBetween extends CombinedChange {
  /** Oldest first. */
  readonly rows: readonly ChangeSetRow[];
}

export type GoBack = ReturnType<typeof createGoBack>;

/** createGoBack takes back all changes since a point at once, as one change that is proved like any other. */
export function createGoBack({ repository, agents, workspaces, apply, events }: GoBackDeps) {
  async function between(workspaceId: string, from: Date, to?: Date): Promise<ChangesBetween> {
    const rows = await repository.committedBetween(workspaceId, from, to);
    return { rows, ...combine(rows) };
  }

  async function lossesSince(workspaceId: string, at: Date): Promise<ChangesBetween> {
    const changes = await between(workspaceId, at);
    if (changes.unkept.length > 0)
      throw new AppError(
        'conflict',
        `${changes.unkept.join(', ')}: too large or not text, so only git can bring it back`,
      );
    return changes;
  }

  /** Only what differs is written; what somebody else changed meanwhile is not lost unasked. */
  async function editsBackTo(
    workspaceId: string,
    files: readonly FileContents[],
    overwrite: boolean,
  ): Promise<Edit[]> {
    const present = createWorkspaceFiles(agents, workspaceId);
    const edits: Edit[] = [];
    const foreign: string[] = [];
    for (const change of files) {
      const { path, before, after } = change;
      const file = await present.read(path);
      const text = file === undefined ? null : (file.text ?? undefined);
      if (text === before) continue;
      if (text !== after) foreign.push(path);
      edits.push(...reverse(change));
    }
    if (foreign.length > 0 && !overwrite)
      throw new AppError(
        'change_set_conflict',
        `Changed by others since, which would be lost too: ${foreign.join(', ')}`,
      );
    return edits;
  }

  /** What is in the workspace after a restore, beside what was last written there. */
  async function restored(
    workspaceId: string,
    files: readonly FileContents[],
  ): Promise<FileContents[]> {
    const present = createWorkspaceFiles(agents, workspaceId);
    const contents: FileContents[] = [];
    for (const { path, after } of files) {
      const text = (await present.read(path))?.text ?? null;
      if (text !== after) contents.push({ path, before: after, after: text });
    }
    // A workspace that does not start with the restored files gets those from before back.
    if (files.length > 0 && contents.length === 0) throw new AppError('restore_failed');
    return contents;
  }

  async function applyIfDifferent(
    place: WorkspacePlace,
    { id, at, summary, overwrite }: Return,
  ): Promise<ChangeSet | null> {
    const { workspaceId, principal, correlationId } = place;
    const { files } = await lossesSince(workspaceId, at);
    if (files.length === 0) return null;
    await workspaces.ensureReady(workspaceId, { correlationId });
    const edits = await editsBackTo(workspaceId, files, overwrite);
    if (edits.length === 0) return null;
    const { organizationId, userId } = principal;
    return apply({ id, workspaceId, organizationId, userId, summary, edits, correlationId });
  }

  return {
    between,
    /** How a change that goes back has ended so far; undefined when it was never begun. */
    outcomeOf: repository.outcomeOf,
    /** Null: the files are as they were then. */
    applyIfDifferent,

    async apply(place: WorkspacePlace, back: Return): Promise<ChangeSet> {
      const changeSet = await applyIfDifferent(place, back);
      if (!changeSet) throw new AppError('conflict', 'The files are as they were then');
      return changeSet;
    },

    /** For files that came back with a snapshot: the history says so, and later comparisons are right. */
    async record(
      { workspaceId, projectId, principal }: WorkspacePlace,
      { at, summary }: { at: Date; summary: string },
    ): Promise<ChangeSet> {
      const { files } = await between(workspaceId, at);
      const id = randomUUID();
      const contents = await restored(workspaceId, files);
      const row = await repository.begin({
        ...{ id, workspaceId, summary, contents, outcome: 'committed' },
        organizationId: principal.organizationId,
        userId: principal.userId,
        receipt: {
          ...toStoredReceipt(
            { receipt: { files: contents.map(toReceiptFile) }, signed: null },
            contents,
          ),
        },
      });
      if (!row) throw new AppError('change_set_busy');
      const changeSet = toChangeSet(row);
      await events.append(`project:${projectId}`, { type: 'change-set.finished', changeSet });
      return changeSet;
    },
  };
}

function toReceiptFile({ path, before, after }: FileContents) {
  if (before === null) return { path, change: 'created' as const };
  return { path, change: after === null ? ('deleted' as const) : ('updated' as const) };
}
