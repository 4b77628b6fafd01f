import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { AppError } from '@spt-flow/shared/domain/errors';
import { TunnelError } from '@spt-flow/tunnel/types';
import { createExclusive } from '../../../lib/exclusive.ts';
import type { Replicas } from '../../replicas/index.ts';
import type { Cause } from './lane.ts';
import type { Reconciler } from './reconciler.ts';
import { FailureSchema, toFailure } from './serve-work.ts';
import type { WorkspaceRow, WorkspacesRepository } from '../workspaces-repository.ts';

const RETRY_MS = 1_000;
/** Longer than it takes until a replica that is dead is known to be. */
const RETRIES = 30;
const FORCE_LIMIT_MS = 20_000;

/** SharedReconciler has the work on a workspace done by the replica that looks after it. */
export interface SharedReconciler {
  request(workspace: WorkspaceRow, cause: Cause): void;
  hurry(workspaceId: string): void;
  cancel(workspaceId: string, reason: string): void;
  settled(workspaceId: string, signal?: AbortSignal): Promise<void>;
  isBusy(workspaceId: string): Promise<boolean>;
  failureOf(workspaceId: string): Promise<unknown>;
  /** The replica that looks after it, where what needs its machine is done; undefined: this one. */
  elsewhere(workspaceId: string): Promise<string | undefined>;
  /** Where another replica looks after it, what it answers; undefined: this one has to do it. */
  forceDelete(workspaceId: string): Promise<string[] | undefined>;
}

export interface SharedReconcilerDeps {
  readonly local: Reconciler;
  readonly replicas: Pick<Replicas, 'id' | 'ask'>;
  readonly repository: Pick<WorkspacesRepository, 'claim' | 'get'>;
  readonly onError: (error: unknown, workspaceId: string) => void;
}

/** INVARIANT: one replica works on a workspace, until it is gone; what it is told arrives in order. */
export function createSharedReconciler(deps: SharedReconcilerDeps): SharedReconciler {
  const { local, replicas, repository } = deps;
  const { run: inTurn } = createExclusive();

  /** Undefined: this one. */
  async function ownerOf(workspaceId: string): Promise<string | undefined> {
    if (local.has(workspaceId)) return undefined;
    const { replicaId } = (await repository.get(workspaceId)) ?? {};
    return replicaId === null || replicaId === replicas.id ? undefined : replicaId;
  }

  async function claim(workspaceId: string): Promise<string | undefined> {
    const owner = await repository.claim(workspaceId, replicas.id);
    return owner === null || owner === replicas.id ? undefined : owner;
  }

  /** What is wanted is in the database: a replica that goes meanwhile needs not be told, whoever follows it reads it. */
  async function tellOwner(workspaceId: string, here: () => void, call: Call): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const owner = await claim(workspaceId);
      if (owner === undefined) return here();
      try {
        await replicas.ask(owner, { ...call, workspaceId });
        return;
      } catch (error) {
        if (!(error instanceof TunnelError) || attempt === RETRIES) throw error;
        await sleep(RETRY_MS);
      }
    }
  }

  function tell(workspaceId: string, here: () => void, call: Call): void {
    if (local.has(workspaceId)) return here();
    inTurn(workspaceId, () => tellOwner(workspaceId, here, call)).catch((error: unknown) =>
      deps.onError(error, workspaceId),
    );
  }

  async function ask<T>(
    workspaceId: string,
    call: Call & { readonly here: () => T; readonly schema: z.ZodType<T> },
  ): Promise<T> {
    const { here, schema, to } = call;
    // What it was told before has arrived then.
    if (!local.has(workspaceId)) await inTurn(workspaceId, async () => undefined);
    const owner = await ownerOf(workspaceId);
    if (owner === undefined) return here();
    try {
      return schema.parse(await replicas.ask(owner, { to, workspaceId }));
    } catch (error) {
      if (!(error instanceof TunnelError)) throw error;
      throw new AppError('workspace_busy', 'The workspace is being taken over', { cause: error });
    }
  }

  async function settled(workspaceId: string, signal?: AbortSignal): Promise<void> {
    for (;;) {
      if (!local.has(workspaceId)) await inTurn(workspaceId, async () => undefined);
      const owner = await ownerOf(workspaceId);
      if (owner === undefined) return local.settled(workspaceId, signal);
      try {
        await replicas.ask(owner, { to: 'workspaces.settled', workspaceId }, signal);
        return;
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof TunnelError)) throw error;
        await sleep(RETRY_MS, undefined, { signal });
      }
    }
  }

  return {
    settled,
    elsewhere: claim,

    request: (workspace, cause) =>
      tell(workspace.id, () => local.request(workspace, cause), {
        ...{ to: 'workspaces.request', cause },
      }),
    hurry: (workspaceId) =>
      tell(workspaceId, () => local.hurry(workspaceId), { to: 'workspaces.hurry' }),
    cancel: (workspaceId, reason) =>
      tell(workspaceId, () => local.cancel(workspaceId, reason), {
        ...{ to: 'workspaces.cancel', reason },
      }),
    isBusy: (workspaceId) =>
      ask(workspaceId, {
        ...{ to: 'workspaces.busy', schema: z.boolean() },
        here: () => local.isBusy(workspaceId),
      }),

    async failureOf(workspaceId) {
      const here = () => toFailure(local.failureOf(workspaceId));
      const failure = await ask(workspaceId, {
        ...{ to: 'workspaces.failure', schema: FailureSchema, here },
      });
      return failure && new AppError(failure.code, failure.message);
    },

    async forceDelete(workspaceId) {
      const owner = await ownerOf(workspaceId);
      if (owner === undefined) return undefined;
      const call = { to: 'workspaces.force-delete', workspaceId };
      try {
        const limit = AbortSignal.timeout(FORCE_LIMIT_MS);
        return z.array(z.string()).parse(await replicas.ask(owner, call, limit));
      } catch (error) {
        // It does not answer: whoever asks by force does not wait for it.
        if (error instanceof TunnelError) return undefined;
        throw error;
      }
    },
  };
}

interface Call {
  readonly to: string;
  readonly [name: string]: unknown;
}

/** aloneReconciler is the same where there are no other replicas. */
export function aloneReconciler(local: Reconciler): SharedReconciler {
  return {
    request: (workspace, cause) => local.request(workspace, cause),
    hurry: (workspaceId) => local.hurry(workspaceId),
    cancel: (workspaceId, reason) => local.cancel(workspaceId, reason),
    settled: (workspaceId, signal) => local.settled(workspaceId, signal),
    isBusy: async (workspaceId) => local.isBusy(workspaceId),
    failureOf: async (workspaceId) => local.failureOf(workspaceId),
    elsewhere: async () => undefined,
    forceDelete: async () => undefined,
  };
}
