import type { Clock } from '../../../lib/clock.ts';
import { within } from '../../../lib/abort.ts';
import type { LeftoversRepository } from './leftovers-repository.ts';
import { placeName, type WorkspaceProvider, type Providers } from '../../providers/index.ts';
import type { Reconciler } from './reconciler.ts';
import { messageOf } from './transition-run.ts';
import type { TransitionRow, TransitionsRepository } from './transitions-repository.ts';
import type { WorkspaceRow, WorkspacesRepository } from '../workspaces-repository.ts';

/** Somebody waits for it, who has waited long enough. */
const REMOVE_LIMIT_MS = 10_000;
const LIST_LIMIT_MS = 5_000;
const REASON = 'The workspace was deleted by force';

export interface ForceDeleteDeps {
  readonly repository: Pick<WorkspacesRepository, 'transaction' | 'setActual'>;
  readonly transitions: Pick<TransitionsRepository, 'failRunningOf'>;
  readonly leftovers: Pick<LeftoversRepository, 'add'>;
  readonly reconciler: Pick<Reconciler, 'forget'>;
  readonly providers: Providers;
  readonly revokeAgent: (workspaceId: string) => Promise<void>;
  readonly clock: Pick<Clock, 'now'>;
  readonly onTransitionChanged: (transition: TransitionRow) => Promise<void>;
  readonly limitMs?: number | undefined;
}

/** ForceDelete deletes a workspace whatever its machine says, and tells what is left of it, to be removed later. */
export type ForceDelete = (workspace: WorkspaceRow) => Promise<string[]>;

export function createForceDelete(deps: ForceDeleteDeps): ForceDelete {
  const removeLimitMs = deps.limitMs ?? REMOVE_LIMIT_MS;
  const listLimitMs = deps.limitMs ?? LIST_LIMIT_MS;

  /** Undefined when it removed all there was. */
  async function failureOf(remove: () => Promise<void>): Promise<string | undefined> {
    try {
      await within(removeLimitMs, remove());
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  async function whatIsLeft(
    provider: WorkspaceProvider,
    id: string,
  ): Promise<string[] | undefined> {
    if (!provider.present) return undefined;
    return within(listLimitMs, provider.present()).then(
      (present) => [...(present.get(id) ?? [])],
      () => undefined,
    );
  }

  async function remove(workspace: WorkspaceRow): Promise<string[]> {
    const { id, hostId, provider: name } = workspace;
    const provider = deps.providers.of(workspace);
    if (hostId === null && !deps.providers.byName.has(name))
      return [`Unknown: the provider "${name}" is not set up here`];
    const failure = await failureOf(() => provider.delete(id));
    if (failure === undefined) return [];
    return (
      (await whatIsLeft(provider, id)) ?? [`Unknown: the provider "${name}" fails (${failure})`]
    );
  }

  return async (workspace) => {
    const { id, organizationId } = workspace;
    deps.reconciler.forget(id, REASON);
    const ended = await deps.transitions.failRunningOf(id, REASON, deps.clock.now());
    if (ended) await deps.onTransitionChanged(ended);
    const left = await remove(workspace);
    await deps.revokeAgent(id);
    await deps.repository.transaction(async (tx) => {
      await deps.repository.setActual(id, { actualState: 'deleted' }, tx);
      if (left.length > 0)
        await deps.leftovers.add(
          { workspaceId: id, organizationId, provider: placeName(workspace) },
          tx,
        );
    });
    return left;
  };
}
