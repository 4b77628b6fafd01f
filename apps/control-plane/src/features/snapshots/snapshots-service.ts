import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { NewWorkspaceOptions, Snapshot } from '@spt-flow/shared/api/snapshots';
import type { Workspace } from '@spt-flow/shared/api/workspaces';
import { AppError } from '@spt-flow/shared/domain/errors';
import { permits } from '@spt-flow/shared/domain/roles';
import type { Audit, AuditEntry } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import type { Replicas } from '../replicas/index.ts';
import type { Workspaces, WorkspaceRow } from '../workspaces/index.ts';
import { packBackup } from './backup-file.ts';
import { totalOf, type Manifest } from './manifest.ts';
import type { NewWorkspaces } from './new-workspace.ts';
import type { RemoteSnapshots } from './remote-snapshots.ts';
import { shareCopies } from './share-copies.ts';
import type { SnapshotCall } from './snapshot-call.ts';
import type { SnapshotMaker } from './snapshot-maker.ts';
import type { SnapshotStore } from './snapshot-store.ts';
import type { SnapshotRow, SnapshotsRepository } from './snapshots-repository.ts';

/** As long as a request may take. */
const LONGEST_MS = 6 * 3_600_000;
/** How long automatic snapshots are kept when their workspace is gone. */
const GRACE_MS = 30 * 24 * 3_600_000;

export interface SnapshotsServiceDeps {
  readonly repository: SnapshotsRepository;
  readonly store: SnapshotStore;
  /** Where new snapshots are kept if it is on; otherwise they stay in the store. */
  readonly remote: RemoteSnapshots;
  readonly maker: SnapshotMaker;
  readonly newWorkspaces: NewWorkspaces;
  readonly workspaces: Pick<Workspaces['service'], 'find' | 'byId' | 'toApi'>;
  readonly copies: Pick<Workspaces['copies'], 'replace' | 'elsewhere'>;
  readonly audit: Audit;
  readonly clock: Pick<Clock, 'now'>;
  readonly maxPerWorkspace: number;
  /** Another replica may have begun what is not finished. */
  readonly hasReplicas: boolean;
  /** Unset: this is the only one. */
  readonly replicas?: Pick<Replicas, 'ask' | 'serve'> | undefined;
  readonly onError: (error: unknown) => void;
}

export interface BackupFile {
  readonly stream: Readable;
  readonly sizeBytes: number;
  readonly fileName: string;
}

export type SnapshotsService = ReturnType<typeof createSnapshotsService>;

/** createSnapshotsService keeps copies of workspaces, and makes workspaces of copies. */
export function createSnapshotsService(deps: SnapshotsServiceDeps) {
  const { repository, store, remote, maker, newWorkspaces } = deps;
  const startedAt = deps.clock.now();
  /** Workspaces that are being copied or restored: one such thing at a time. */
  const busy = new Set<string>();
  /** Copies on the disk that no row tells of. */
  const temporary = new Set<string>();

  async function workspaceOf({ principal }: SnapshotCall, handle: string): Promise<WorkspaceRow> {
    const row = await deps.workspaces.find(principal.organizationId, handle);
    requireOwner(principal, row);
    return row;
  }

  async function snapshotOf({ principal }: SnapshotCall, id: string): Promise<SnapshotRow> {
    const row = await repository.find(principal.organizationId, id);
    if (!row) throw new AppError('not_found', 'There is no such snapshot');
    requireOwner(principal, row);
    return row;
  }

  async function alone<T>(workspaceId: string, work: () => Promise<T>): Promise<T> {
    if (busy.has(workspaceId))
      throw new AppError('workspace_busy', 'The workspace is being copied or restored');
    busy.add(workspaceId);
    try {
      return await work();
    } finally {
      busy.delete(workspaceId);
    }
  }

  const copying = shareCopies({
    ...deps,
    local: {
      copy: (id, workspace) => alone(workspace.id, () => maker.copy(id, workspace)),
      restore: (snapshotId, workspace, cause) =>
        alone(workspace.id, async () => {
          const manifest = await store.manifest(snapshotId);
          return deps.copies.replace(workspace, store.parts(snapshotId, manifest), cause);
        }),
    },
  });

  function record(
    { principal, correlationId }: SnapshotCall,
    entry: Pick<AuditEntry, 'action' | 'target' | 'detail'>,
  ): Promise<void> {
    const { organizationId } = principal;
    return deps.audit.record({
      ...{ organizationId, correlationId, ...entry },
      principal: auditName(principal),
    });
  }

  /** For work that needs the files on the disk for a while. */
  async function withCopy<T>(
    make: (id: string) => Promise<Manifest>,
    work: (id: string, manifest: Manifest) => Promise<T>,
  ): Promise<T> {
    const id = randomUUID();
    temporary.add(id);
    try {
      return await work(id, await make(id));
    } finally {
      temporary.delete(id);
      await store.remove(id);
    }
  }

  /** Hands over the files of a snapshot once all of them were checked; those of a bucket are fetched for that. */
  async function withFiles<T>(
    row: SnapshotRow,
    work: (id: string, manifest: Manifest) => Promise<T>,
  ): Promise<T> {
    if (row.storage === 'disk') return work(row.id, await store.verify(row.id));
    return withCopy(async (id) => maker.receive(id, (await remote.get(row)).stream), work);
  }

  /** Stores a copy under a name; `expiresAt` null: until somebody deletes it. */
  async function keep(
    workspace: WorkspaceRow,
    facts: Pick<SnapshotRow, 'name' | 'kind' | 'expiresAt'>,
  ): Promise<SnapshotRow> {
    const id = randomUUID();
    const { organizationId } = workspace;
    temporary.add(id);
    try {
      const manifest = await copying.copy(id, workspace);
      // The workspace goes on meanwhile: only what is on the disk has to be of one moment.
      if (remote.isOn) await remote.put({ organizationId, id }, packBackup(store, id, manifest));
      const row = await repository.insert({
        ...{ ...facts, id, ...describe(workspace, manifest) },
        storage: remote.isOn ? 's3' : 'disk',
      });
      if (row) {
        if (remote.isOn) await store.remove(id);
        return row;
      }
      if (remote.isOn) await remote.remove({ organizationId, id });
      throw new AppError('name_taken', `There is a snapshot "${facts.name}" already`);
    } catch (error) {
      await store.remove(id);
      throw error;
    } finally {
      temporary.delete(id);
    }
  }

  /** What can't be removed from the bucket stays in the list, so that somebody can try again. */
  async function remove(row: SnapshotRow): Promise<void> {
    if (row.storage === 's3') await remote.remove(row);
    await repository.remove(row.id);
    await store.remove(row.id);
  }

  return {
    /** Before a workspace is deleted without being asked. */
    async keepLast(workspaceId: string, expiresAt: Date): Promise<void> {
      const workspace = await deps.workspaces.byId(workspaceId);
      const name = `before its deletion, ${deps.clock.now().toISOString().slice(0, 19)}`;
      if (workspace) await keep(workspace, { name, kind: 'last', expiresAt });
    },

    /** Makes one without being asked, unless another replica does, and removes all of those but the newest. */
    async keepAutomatic(workspaceId: string, newest: number): Promise<void> {
      const workspace = await deps.workspaces.byId(workspaceId);
      if (!workspace || (await deps.copies.elsewhere(workspaceId)) !== undefined) return;
      const name = `automatic ${shortTime(deps.clock.now())}`;
      await keep(workspace, { name, kind: 'automatic', expiresAt: null });
      for (const row of await repository.automaticBut(newest, workspaceId)) await remove(row);
    },

    async list(principal: Principal, handle: string) {
      const { organizationId } = principal;
      const { id } = await deps.workspaces.find(organizationId, handle);
      const rows = await repository.list(principal, id);
      return { items: rows.map(toSnapshot), limit: deps.maxPerWorkspace };
    },

    async listAll(principal: Principal) {
      return { items: (await repository.list(principal)).map(toSnapshot) };
    },

    async create(call: SnapshotCall, handle: string, name?: string): Promise<Snapshot> {
      const workspace = await workspaceOf(call, handle);
      const { maxPerWorkspace, clock } = deps;
      if ((await repository.countOf(workspace.id)) >= maxPerWorkspace)
        throw new AppError(
          'limit_reached',
          `A workspace has ${maxPerWorkspace} snapshots at most: delete one of them`,
        );
      const row = await keep(workspace, {
        ...{ kind: 'manual', expiresAt: null },
        name: name ?? shortTime(clock.now()),
      });
      await record(call, {
        action: 'snapshot.create',
        target: row.id,
        detail: { workspace: workspace.id, name: row.name },
      });
      return toSnapshot(row);
    },

    async remove(call: SnapshotCall, id: string): Promise<Snapshot> {
      const row = await snapshotOf(call, id);
      await remove(row);
      await record(call, {
        action: 'snapshot.delete',
        target: id,
        detail: { workspace: row.workspaceId, name: row.name },
      });
      return toSnapshot(row);
    },

    async download(call: SnapshotCall, id: string): Promise<BackupFile> {
      const row = await snapshotOf(call, id);
      const file =
        row.storage === 's3'
          ? await remote.get(row)
          : packBackup(store, id, await store.verify(id));
      await record(call, {
        action: 'snapshot.download',
        target: id,
        detail: { workspace: row.workspaceId },
      });
      return { ...file, fileName: fileNameOf(row.workspaceName, row.createdAt) };
    },

    /** Its copy is removed once the stream is over. */
    async backup(call: SnapshotCall, handle: string): Promise<BackupFile> {
      const workspace = await workspaceOf(call, handle);
      const id = randomUUID();
      temporary.add(id);
      const forget = () => {
        temporary.delete(id);
        return store.remove(id);
      };
      try {
        const manifest = await copying.copy(id, workspace);
        await record(call, { action: 'workspace.backup', target: workspace.id });
        const packed = packBackup(store, id, manifest);
        packed.stream.once('close', () => void forget().catch(deps.onError));
        return { ...packed, fileName: fileNameOf(workspace.name, deps.clock.now()) };
      } catch (error) {
        await forget();
        throw error;
      }
    },

    async restore(call: SnapshotCall, handle: string, snapshotId: string): Promise<Workspace> {
      const workspace = await workspaceOf(call, handle);
      const snapshot = await snapshotOf(call, snapshotId);
      if (snapshot.workspaceId !== workspace.id)
        throw new AppError('not_found', `"${workspace.name}" has no such snapshot`);
      return withFiles(snapshot, async (id) => {
        await record(call, {
          action: 'workspace.restore',
          target: workspace.id,
          detail: { snapshot: snapshotId },
        });
        const row = await copying.restore(id, workspace, {
          reason: `${call.principal.userName} restored the snapshot "${snapshot.name}"`,
          correlationId: call.correlationId,
        });
        return deps.workspaces.toApi(row);
      });
    },

    async clone(
      call: SnapshotCall,
      snapshotId: string,
      wanted: NewWorkspaceOptions,
    ): Promise<Workspace> {
      const snapshot = await snapshotOf(call, snapshotId);
      const name = wanted.name ?? `${snapshot.workspaceName} copy`;
      return withFiles(snapshot, (id, manifest) =>
        newWorkspaces.create(call, { ...wanted, id, manifest, name, isOurs: true }),
      );
    },

    async cloneWorkspace(
      call: SnapshotCall,
      handle: string,
      wanted: NewWorkspaceOptions,
    ): Promise<Workspace> {
      const workspace = await workspaceOf(call, handle);
      const name = wanted.name ?? `${workspace.name} copy`;
      return withCopy(
        (id) => copying.copy(id, workspace),
        (id, manifest) =>
          newWorkspaces.create(call, { ...wanted, id, manifest, name, isOurs: true }),
      );
    },

    async upload(
      call: SnapshotCall,
      file: AsyncIterable<Buffer>,
      wanted: NewWorkspaceOptions,
    ): Promise<Workspace> {
      return withCopy(
        (id) => maker.receive(id, file),
        (id, manifest) => {
          const name = wanted.name ?? manifest.workspace.name;
          return newWorkspaces.create(call, { ...wanted, id, manifest, name, isOurs: false });
        },
      );
    },

    /** Removes what is past its time, and what no row tells of, e.g. because a copy was interrupted. */
    async cleanUp(): Promise<void> {
      const now = deps.clock.now();
      const lately = new Date(now.getTime() - GRACE_MS);
      const over = [await repository.expired(now), await repository.automaticOfGone(lately)];
      for (const row of over.flat()) await remove(row).catch(deps.onError);
      const longAgo = deps.hasReplicas ? new Date(now.getTime() - LONGEST_MS) : undefined;
      const found = await store.list(longAgo);
      // In this order: what is finished meanwhile is in one of both.
      const unfinished = new Set(temporary);
      const known = await repository.ids();
      for (const id of found) if (!known.has(id) && !unfinished.has(id)) await store.remove(id);
      // What this process sends itself is not to be cut off.
      await remote.cleanUp(known, { now, until: longAgo ?? startedAt });
    },
  };
}

/** A copy holds everything of its owner, secrets too: more than colleagues get to see. */
function requireOwner({ userId, scope }: Principal, { ownerId }: { ownerId: string }): void {
  if (ownerId !== userId && !permits(scope, 'admin'))
    throw new AppError(
      'not_permitted',
      'Only its owner and admins may copy and restore a workspace',
    );
}

function describe(
  { id: workspaceId, organizationId, ownerId, name }: WorkspaceRow,
  { parts }: Manifest,
) {
  const { sizeBytes, unpackedBytes } = totalOf({ parts });
  return { workspaceId, organizationId, ownerId, workspaceName: name, sizeBytes, unpackedBytes };
}

function toSnapshot(row: SnapshotRow): Snapshot {
  const { organizationId: _, createdAt, expiresAt, ...facts } = row;
  return {
    ...facts,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
  };
}

function shortTime(at: Date): string {
  return at.toISOString().slice(0, 19).replace('T', ' ');
}

function fileNameOf(name: string, madeAt: Date): string {
  return `${name}-${madeAt.toISOString().slice(0, 10)}.spt-flow.tar`;
}
