import { randomUUID } from 'node:crypto';
import type { Transaction } from '@spt-flow/db/client';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Clock } from '../../lib/clock.ts';
import { newCorrelationId } from '../../lib/correlation.ts';
import type { ChosenTemplate } from '../templates/index.ts';
import type { WorkspaceRow, WorkspaceService } from '../workspaces/index.ts';
import { hoursOf, isOpen } from './pool-hours.ts';
import { planPool, type PoolModel } from './pool-plan.ts';
import type { SystemScope } from '../../lib/system-scope-repository.ts';
import type { PoolMember, PoolRow, PoolsRepository } from './pools-repository.ts';

export interface PoolKeeperDeps {
  readonly repository: PoolsRepository;
  readonly workspaces: Pick<WorkspaceService, 'create' | 'begin' | 'isOutdated'>;
  readonly chooseTemplate: (
    organizationId: string,
    choice: { readonly name: string },
  ) => Promise<ChosenTemplate>;
  readonly defaultProvider: WorkspaceRow['provider'];
  readonly clock: Clock;
  readonly onError: (error: unknown, subject?: unknown) => void;
}

interface Tended {
  readonly pool: PoolRow;
  readonly templateName: string;
}

/** What is to be done once the decision is stored; lost with the process, it is done by the reconciler's boot. */
interface Due {
  readonly id: string;
  readonly reason: string;
}

/** createPoolKeeper returns what brings all pools to what is wanted of them, once; replicas take turns. */
export function createPoolKeeper(deps: PoolKeeperDeps) {
  const { repository, workspaces } = deps;

  async function modelOf({ pool, templateName: name }: Tended): Promise<PoolModel | undefined> {
    try {
      const { blueprint, provider } = await deps.chooseTemplate(pool.organizationId, { name });
      return { blueprint, provider: provider ?? deps.defaultProvider };
    } catch (error) {
      // Deprecated, without a version, with a parameter that has to be given, or refused by a policy.
      if (error instanceof AppError) return undefined;
      throw error;
    }
  }

  async function outdatedOf(members: readonly PoolMember[]): Promise<Set<string>> {
    const outdated = new Set<string>();
    for (const { id, actualState } of members)
      if (actualState === 'running' && (await workspaces.isOutdated(id))) outdated.add(id);
    return outdated;
  }

  async function add(
    { pool, templateName, model, scope }: Tended & { model: PoolModel; scope: SystemScope },
    tx: Transaction,
  ): Promise<Due> {
    const name = `${templateName.slice(0, 40)}-${randomUUID().slice(0, 8)}`;
    const projectId = await repository.addProject(scope, `ready-${randomUUID()}`, tx);
    const { id } = await workspaces.create(
      {
        ...{ name, projectId, organizationId: scope.organizationId, ownerId: scope.userId },
        ...{ blueprint: model.blueprint, provider: model.provider, isKeptReady: true },
        correlationId: newCorrelationId(),
      },
      tx,
    );
    const { organizationId, templateId } = pool;
    await repository.addMember({ workspaceId: id, organizationId, templateId }, tx);
    return { id, reason: `It is kept ready for the template "${templateName}"` };
  }

  async function decide(tended: Tended): Promise<Due[]> {
    const { pool } = tended;
    const now = deps.clock.now();
    const size = isOpen(hoursOf(pool), now) ? pool.size : 0;
    const model = size > 0 ? await modelOf(tended) : undefined;
    const outdated = await outdatedOf(await repository.members(pool.templateId));
    return repository.transaction(async (tx) => {
      if (!(await repository.lockKeeper(tx))) return [];
      const members = await repository.members(pool.templateId, tx);
      const facts = { ...pool, size, model, members, outdated, now };
      const plan = planPool(facts);
      await repository.dismiss(plan.remove, tx);
      if (!model || plan.add === 0) return [];
      const scope = await repository.systemScope(tx);
      const due: Due[] = [];
      for (let added = 0; added < plan.add; added += 1)
        due.push(await add({ ...tended, model, scope }, tx));
      return due;
    });
  }

  async function discard(scope: SystemScope): Promise<Due[]> {
    return repository.transaction(async (tx) => {
      if (!(await repository.lockKeeper(tx))) return [];
      await repository.removeEmptyProjects(scope, tx);
      const ids = await repository.discard(scope, tx);
      return ids.map((id) => ({ id, reason: 'It is not kept ready any more' }));
    });
  }

  async function carryOut(work: Promise<Due[]>, subject?: string): Promise<void> {
    try {
      for (const { id, reason } of await work)
        await workspaces.begin(id, newCorrelationId(), { reason, isBackground: true });
    } catch (error) {
      deps.onError(error, subject);
    }
  }

  return async (): Promise<void> => {
    for (const tended of await repository.pools())
      await carryOut(decide(tended), tended.pool.templateId);
    const scope = await repository.knownScope();
    if (scope) await carryOut(discard(scope));
  };
}
