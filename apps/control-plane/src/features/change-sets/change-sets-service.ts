import { randomUUID } from 'node:crypto';
import type { ChangeSetProgress, SignedReceipt } from '@spt-flow/shared/agent-protocol/change-set';
import type { ChangedFile, ChangeSet, Edit } from '@spt-flow/shared/api/change-sets';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { AgentConnections } from '../agents/index.ts';
import { createExclusive } from '../../lib/exclusive.ts';
import { decodeCursor, toPage } from '../../lib/pagination.ts';
import type { Principal } from '../../lib/principal.ts';
import { acceptReceipt, readReceipt, type Ended } from './accept-receipt.ts';
import { startAppIfDown, stopApp } from './app-runner.ts';
import { readManifest } from './app-manifest.ts';
import { contentsOf, planEdits, readAhead, toRequest, unkeptPaths } from './change-set-plan.ts';
import { createProgressTeller } from './change-set-progress.ts';
import { toChangeSet } from './change-set-view.ts';
import type { ChangeSetRow, ChangeSetTarget, FileContents } from './change-sets-repository.ts';
import { deliverChangeSet, settleWithAgent, type DeliveryDeps } from './deliver-change-set.ts';
import { finishChangeSet, unkeptOf, type FinishContext } from './finish-change-set.ts';
import { notSentReceipt } from './local-receipts.ts';
import { previewOf, readChange, type Change } from './read-change.ts';
import { revertChangeSet, type RevertDeps } from './revert-change-set.ts';
import { createWorkspaceFiles, rememberReads } from './workspace-files.ts';

export interface ChangeSetsDeps extends RevertDeps, DeliveryDeps {
  readonly agents: AgentConnections;
  readonly workspaces: DeliveryDeps['workspaces'] & {
    find(
      organizationId: string,
      handle: string,
    ): Promise<{ readonly id: string; readonly projectId: string }>;
  };
  /** A person or a program changes code, other than by the chat. */
  readonly onUse: (workspaceId: string) => void;
  /** Unset: the only one. */
  readonly replicaId?: string | undefined;
}

export interface ApplyInput extends Change {
  /** For those who have to find it again after a crash. */
  readonly id?: string | undefined;
  readonly workspaceId: string;
  readonly organizationId: string;
  readonly userId: string | null;
  readonly summary: string;
  readonly conversationId?: string | undefined;
  readonly correlationId: string;
  readonly onProgress?: ((progress: ChangeSetProgress) => void) | undefined;
  /** Ends the waiting for the workspace; a change set that was begun runs to its end. */
  readonly signal?: AbortSignal | undefined;
}

export type ChangeSetService = ReturnType<typeof createChangeSetService>;

/**
 * createChangeSetService is the one door through which code is changed.
 * INVARIANT: a workspace has at most one change set that is running; a row left running is settled by what its agent says.
 */
export function createChangeSetService(deps: ChangeSetsDeps) {
  const { repository, agents, workspaces } = deps;
  const applying = new Set<string>();
  /** What a start or a crash leads to is nobody's change: changes wait for it. */
  const exclusive = createExclusive();
  /** What agents said last of a change that they recovered, until it is looked at. */
  const recovered = new Map<string, SignedReceipt>();

  async function targetOf(workspaceId: string, organizationId: string): Promise<ChangeSetTarget> {
    const target = await repository.target(workspaceId, organizationId);
    if (!target) throw new AppError('not_found', 'There is no such workspace');
    return target;
  }

  async function apply(input: ApplyInput): Promise<ChangeSet> {
    const editsFor = readChange(input);
    const { workspaceId, correlationId, signal } = input;
    await targetOf(workspaceId, input.organizationId);
    if (applying.has(workspaceId)) throw new AppError('change_set_busy');
    applying.add(workspaceId);
    const work = exclusive.run(workspaceId, async () => {
      await workspaces.ensureReady(workspaceId, { correlationId, ...(signal && { signal }) });
      await settleLeftOver(workspaceId, correlationId);
      // Read again: starting may have given the app another port.
      return run(input, editsFor, await targetOf(workspaceId, input.organizationId));
    });
    return work.finally(() => applying.delete(workspaceId));
  }

  async function run(
    input: ApplyInput,
    editsFor: ReturnType<typeof readChange>,
    target: ChangeSetTarget,
  ): Promise<ChangeSet> {
    const { id = randomUUID(), workspaceId, correlationId, conversationId, userId } = input;
    const files = rememberReads(createWorkspaceFiles(agents, workspaceId));
    const edits = await editsFor(files);
    const planned = await planEdits(files, edits);
    const result = await readManifest(files, edits);
    const author = userId === null ? undefined : await repository.author(userId);
    const row = await repository.begin({
      id,
      organizationId: input.organizationId,
      workspaceId,
      userId,
      summary: input.summary,
      contents: contentsOf(planned),
      replicaId: deps.replicaId,
      receipt: { unkept: unkeptPaths(planned), conversationId, author: author?.name },
    });
    if (!row) throw new AppError('change_set_busy');
    const kind = result.ok ? (result.manifest?.kind ?? null) : undefined;
    const context = { target, correlationId, conversationId, kind };
    if (!result.ok) {
      const receipt = notSentReceipt(id, result.reason);
      return finish(row, { receipt, signed: null }, context);
    }
    await deps.projects.setStatus(target.projectId, { status: 'building' });
    const request = toRequest({ id, planned, manifest: result.manifest, appPort: target.appPort });
    const send = { workspaceId, correlationId, onProgress: input.onProgress };
    const ended = await deliverChangeSet(deps, { row, request }, send);
    const changeSet = await finish(row, ended, context);
    if (ended.receipt.outcome === 'committed' && result.manifest === null)
      await stopApp(agents, workspaceId);
    return changeSet;
  }

  /** A control plane that ended in the middle left its row running. */
  async function settleLeftOver(workspaceId: string, correlationId: string): Promise<void> {
    const row = await repository.running(workspaceId);
    if (!row) return;
    // Another replica waits for its receipt.
    if (row.replicaId !== null && row.replicaId !== deps.replicaId)
      throw new AppError('change_set_busy');
    const ended = await settleWithAgent(deps, row, correlationId);
    await finish(row, ended, await contextOf(row, correlationId));
  }

  /** For a row whose request is not at hand any more. */
  async function contextOf(row: ChangeSetRow, correlationId: string): Promise<FinishContext> {
    const target = await targetOf(row.workspaceId, row.organizationId);
    const { conversationId } = row.receipt;
    return {
      target,
      correlationId,
      conversationId: typeof conversationId === 'string' ? conversationId : undefined,
      kind: undefined,
    };
  }

  async function settleRecovered(workspaceId: string, correlationId: string): Promise<void> {
    const signed = recovered.get(workspaceId);
    recovered.delete(workspaceId);
    const said = signed && readReceipt(signed);
    const row = said && (await repository.ofWorkspace(workspaceId, said.id));
    if (!row) return;
    const ended = await acceptReceipt(deps, signed, { row, correlationId });
    const context = await contextOf(row, correlationId);
    if (row.outcome === 'running') await finish(row, ended, context);
    if (row.outcome === 'committed' && ended.receipt.outcome === 'rolled_back')
      await revertChangeSet(deps, { row, ...ended }, context);
  }

  async function prepare(
    workspace: { id: string; organizationId: string },
    correlationId: string,
  ): Promise<void> {
    await settleLeftOver(workspace.id, correlationId);
    await startAppIfDown(agents, await targetOf(workspace.id, workspace.organizationId));
  }

  async function finish(
    row: ChangeSetRow,
    ended: Ended,
    context: FinishContext,
  ): Promise<ChangeSet> {
    const settled = await finishChangeSet(deps, { row, ...ended }, context);
    return toChangeSet(settled ?? (await find(row.organizationId, row.id)));
  }

  async function find(organizationId: string, id: string): Promise<ChangeSetRow> {
    const row = await repository.find(organizationId, id);
    if (!row) throw new AppError('not_found', 'There is no such change');
    return row;
  }

  return {
    apply,

    /** The chat acts for the owner of the workspace. */
    async applyOfTurn(change: Omit<ApplyInput, 'organizationId' | 'userId'>): Promise<ChangeSet> {
      const owner = await repository.owner(change.workspaceId);
      if (!owner) throw new AppError('not_found', 'There is no such workspace');
      return apply({ ...change, ...owner });
    },

    async applyTo(
      principal: Principal,
      handle: string,
      change: Change & { readonly summary: string; readonly correlationId: string },
    ): Promise<ChangeSet> {
      const { organizationId, userId } = principal;
      const { id, projectId } = await workspaces.find(organizationId, handle);
      deps.onUse(id);
      const progress = createProgressTeller(deps, { workspaceId: id, projectId });
      const { tell: onProgress } = progress;
      try {
        return await apply({ ...change, workspaceId: id, organizationId, userId, onProgress });
      } finally {
        await progress.told();
      }
    },

    /** What a change would change, for the files as they are now. */
    async preview(
      { organizationId }: Principal,
      handle: string,
      change: Change & { readonly correlationId: string },
    ): Promise<{ files: ChangedFile[] }> {
      const editsFor = readChange(change);
      const { id } = await workspaces.find(organizationId, handle);
      deps.onUse(id);
      await workspaces.ensureReady(id, { correlationId: change.correlationId });
      const files = rememberReads(createWorkspaceFiles(agents, id));
      return { files: previewOf(await planEdits(files, await editsFor(files))) };
    },

    async undo(principal: Principal, id: string, correlationId: string): Promise<ChangeSet> {
      const row = await find(principal.organizationId, id);
      if (row.outcome !== 'committed')
        throw new AppError('conflict', 'Only a change that was made can be undone');
      if (unkeptOf(row).length > 0)
        throw new AppError(
          'conflict',
          'The change replaced files that are too large or not text, so it can only be undone by git',
        );
      await assertUnchanged(row, correlationId);
      return apply({
        workspaceId: row.workspaceId,
        organizationId: row.organizationId,
        userId: principal.userId,
        summary: `Undo: ${row.summary}`.slice(0, 500),
        edits: row.contents.flatMap(reverse),
        correlationId,
      });
    },

    async list(
      organizationId: string,
      handle: string,
      query: { cursor?: string | undefined; limit: number },
    ) {
      const { id: workspaceId } = await workspaces.find(organizationId, handle);
      const rows = await repository.list(
        { organizationId, workspaceId },
        { before: decodeCursor(query.cursor), limit: query.limit + 1 },
      );
      const page = toPage(rows, query.limit, (row) => row.createdAt);
      return { items: page.items.map(toChangeSet), nextCursor: page.nextCursor };
    },

    async diff(organizationId: string, id: string) {
      const { contents } = await find(organizationId, id);
      return { files: contents.map(({ path, before, after }) => ({ path, before, after })) };
    },

    /** Called when a workspace's agent is there: settles what was interrupted, then sees to it that the app runs. */
    async onWorkspaceReady(
      workspace: { id: string; organizationId: string },
      correlationId: string,
    ): Promise<void> {
      const { id } = workspace;
      if (exclusive.isBusy(id)) return;
      await exclusive.run(id, () => prepare(workspace, correlationId));
    },

    /** Called when another replica went: what it waited for is asked of the agents that are there. */
    async settleOrphans(correlationId: string): Promise<void> {
      for (const workspaceId of await repository.withOrphan())
        if (agents.isOnline(workspaceId))
          await exclusive.run(workspaceId, () => settleLeftOver(workspaceId, correlationId));
    },

    /** Called when an agent tells how a change set ended after all; waits for one that is still being written down. */
    async onRecovered(
      workspaceId: string,
      signed: SignedReceipt,
      correlationId: string,
    ): Promise<void> {
      const isWaiting = recovered.has(workspaceId);
      recovered.set(workspaceId, signed);
      if (!isWaiting)
        await exclusive.run(workspaceId, () => settleRecovered(workspaceId, correlationId));
    },
  };

  async function assertUnchanged(row: ChangeSetRow, correlationId: string): Promise<void> {
    await workspaces.ensureReady(row.workspaceId, { correlationId });
    const files = createWorkspaceFiles(agents, row.workspaceId);
    for await (const { item, file: current } of readAhead(files, row.contents)) {
      const { path, after } = item;
      if (
        (current === undefined ? null : current.text) !== after ||
        (current && current.text === null)
      )
        throw new AppError(
          'change_set_conflict',
          `"${path}" was changed since, so this can't be undone by itself`,
        );
    }
  }
}

/** reverse is the edit that undoes what happened to a file. */
export function reverse({ path, before, after, executable }: FileContents): Edit[] {
  if (before !== null)
    return [
      { action: 'write', path, text: before, ...(executable !== undefined && { executable }) },
    ];
  return after === null ? [] : [{ action: 'delete', path }];
}
