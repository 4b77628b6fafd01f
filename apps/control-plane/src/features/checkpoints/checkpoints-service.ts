import type { Queryable } from '@spt-flow/db/client';
import type { ChangeSet } from '@spt-flow/shared/api/change-sets';
import type { Checkpoint, Comparison } from '@spt-flow/shared/api/checkpoints';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Audit } from '../../lib/audit.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import type { GoBack } from '../change-sets/index.ts';
import type { CheckpointRow, CheckpointsRepository } from './checkpoints-repository.ts';
import { noteOf } from './note.ts';

const MAX_PER_PROJECT = 200;
const MAX_TITLE_CHARACTERS = 80;

export interface CheckpointCall {
  readonly principal: Principal;
  readonly correlationId: string;
}

export interface CheckpointsDeps {
  readonly repository: CheckpointsRepository;
  readonly goBack: GoBack;
  readonly projects: { find(organizationId: string, handle: string): Promise<{ id: string }> };
  readonly workspaces: {
    ofProject(projectId: string): Promise<{ id: string } | undefined>;
    ensureReady(workspaceId: string, options: { correlationId: string }): Promise<unknown>;
  };
  readonly conversation: {
    isBusy(projectId: string): Promise<boolean>;
    startOf(
      projectId: string,
      messageId: string,
    ): Promise<{ at: Date; content: string; isShown: boolean }>;
    addNote(note: { projectId: string } & ReturnType<typeof noteOf>): Promise<void>;
  };
  readonly snapshots: {
    create(call: CheckpointCall, workspace: string, name: string): Promise<{ id: string }>;
    restore(call: CheckpointCall, workspace: string, snapshotId: string): Promise<unknown>;
  };
  readonly audit: Audit;
}

interface ResolvedPoint {
  readonly at: Date;
  /** How it reads after "Go back to". */
  readonly title: string;
  readonly snapshotId: string | null;
}

export type CheckpointsService = ReturnType<typeof createCheckpointsService>;

/** createCheckpointsService names points in the history of an app, compares them and goes back to them. */
export function createCheckpointsService(deps: CheckpointsDeps) {
  const { repository, goBack, projects, workspaces, conversation, snapshots } = deps;

  async function placeOf({ principal, correlationId }: CheckpointCall, handle: string) {
    const { id: projectId } = await projects.find(principal.organizationId, handle);
    const workspace = await workspaces.ofProject(projectId);
    if (!workspace) throw new AppError('conflict', 'The app has no machine');
    return { projectId, workspaceId: workspace.id, principal, correlationId };
  }

  async function resolve(
    { organizationId }: Principal,
    projectId: string,
    id: string,
  ): Promise<ResolvedPoint> {
    const row = await repository.find(organizationId, id);
    if (row?.projectId === projectId)
      return { at: row.createdAt, title: `“${row.name}”`, snapshotId: row.snapshotId };
    const { at, content, isShown } = await conversation.startOf(projectId, id);
    const where = isShown ? 'before ' : '';
    return { at, title: `${where}“${headOf(content)}”`, snapshotId: null };
  }

  async function record(
    { principal, correlationId }: CheckpointCall,
    action: string,
    { row: { id, name, projectId }, tx }: { row: CheckpointRow; tx: Queryable },
  ): Promise<void> {
    const { organizationId } = principal;
    const entry = { action, correlationId, organizationId, principal: auditName(principal) };
    const target = `checkpoint:${id}`;
    await deps.audit.record({ ...entry, target, detail: { name, projectId } }, tx);
  }

  function assertRoom(there: number): void {
    if (there >= MAX_PER_PROJECT)
      throw new AppError('limit_reached', `A project has ${MAX_PER_PROJECT} checkpoints at most`);
  }

  async function withSnapshot(
    call: CheckpointCall,
    place: Awaited<ReturnType<typeof placeOf>>,
    point: ResolvedPoint,
  ): Promise<ChangeSet> {
    if (point.snapshotId === null)
      throw new AppError('conflict', 'What the app had stored then was not kept');
    await snapshots.restore(call, place.workspaceId, point.snapshotId);
    await workspaces.ensureReady(place.workspaceId, { correlationId: call.correlationId });
    const summary = `Go back to ${point.title}, with what the app had stored`;
    return goBack.record(place, { at: point.at, summary });
  }

  return {
    async list({ organizationId }: Principal, handle: string): Promise<{ items: Checkpoint[] }> {
      const { id } = await projects.find(organizationId, handle);
      return { items: (await repository.list(id)).map(toCheckpoint) };
    },

    async create(
      call: CheckpointCall,
      handle: string,
      { name, withData }: { name: string; withData: boolean },
    ): Promise<Checkpoint> {
      const { projectId, workspaceId } = await placeOf(call, handle);
      assertRoom(await repository.count(projectId));
      if (await repository.isTaken(projectId, name)) throw new AppError('name_taken');
      const { organizationId, userId } = call.principal;
      const snapshot = withData
        ? await snapshots.create(call, workspaceId, `checkpoint ${name}`)
        : undefined;
      const values = { organizationId, userId, projectId, name, snapshotId: snapshot?.id ?? null };
      return repository.transaction(async (tx) => {
        assertRoom(await repository.countToAdd(projectId, tx));
        const row = await repository.insert(values, tx);
        if (!row) throw new AppError('name_taken');
        await record(call, 'checkpoint.create', { row, tx });
        return toCheckpoint(row);
      });
    },

    async remove(call: CheckpointCall, id: string): Promise<Checkpoint> {
      const row = await repository.find(call.principal.organizationId, id);
      if (!row) throw new AppError('not_found', 'There is no such checkpoint');
      await repository.transaction(async (tx) => {
        if (!(await repository.remove(id, tx))) throw new AppError('not_found');
        await record(call, 'checkpoint.delete', { row, tx });
      });
      return toCheckpoint(row);
    },

    async compare(
      principal: Principal,
      handle: string,
      { from, to }: { from: string; to?: string | undefined },
    ): Promise<Comparison> {
      const { id: projectId } = await projects.find(principal.organizationId, handle);
      const points = [await resolve(principal, projectId, from)];
      if (to !== undefined) points.push(await resolve(principal, projectId, to));
      const [earlier, later] = points.toSorted((a, b) => a.at.getTime() - b.at.getTime());
      const workspace = await workspaces.ofProject(projectId);
      if (!earlier || !workspace) return { changes: [], files: [], unkept: [], hasData: false };
      const { rows, files, unkept } = await goBack.between(workspace.id, earlier.at, later?.at);
      const changes = rows.map(({ id, summary, createdAt }) => ({
        ...{ id, summary },
        createdAt: createdAt.toISOString(),
      }));
      return {
        changes: changes.reverse(),
        files: files.map(({ path, before, after }) => ({ path, before, after })),
        ...{ unkept, hasData: earlier.snapshotId !== null },
      };
    },

    async goBack(
      call: CheckpointCall,
      handle: string,
      asked: { to: string; overwrite: boolean; withData: boolean },
    ): Promise<ChangeSet> {
      const place = await placeOf(call, handle);
      const point = await resolve(call.principal, place.projectId, asked.to);
      if (await conversation.isBusy(place.projectId)) throw new AppError('turn_running');
      const { rows } = await goBack.between(place.workspaceId, point.at);
      const receipt = asked.withData
        ? await withSnapshot(call, place, point)
        : await goBack.apply(place, {
            ...{ at: point.at, overwrite: asked.overwrite },
            summary: `Go back to ${point.title}`,
          });
      const undone = rows.map(({ summary }) => summary);
      const note = noteOf({ ...point, undone, receipt });
      await conversation.addNote({ projectId: place.projectId, ...note });
      return receipt;
    },
  };
}

/** headOf is the beginning of a text, for titles. */
export function headOf(text: string): string {
  const line = text.split('\n')[0] ?? '';
  return line.length > MAX_TITLE_CHARACTERS ? `${line.slice(0, MAX_TITLE_CHARACTERS - 1)}…` : line;
}

function toCheckpoint({ id, projectId, name, snapshotId, createdAt }: CheckpointRow): Checkpoint {
  return {
    ...{ id, projectId, name },
    hasData: snapshotId !== null,
    createdAt: createdAt.toISOString(),
  };
}
