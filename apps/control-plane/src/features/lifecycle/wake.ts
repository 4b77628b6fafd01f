import { AppError } from '@spt-flow/shared/domain/errors';
import { newCorrelationId } from '../../lib/correlation.ts';
import type { Workspaces } from '../workspaces/index.ts';
import type { LifecycleRepository } from './lifecycle-repository.ts';

export interface WakeDeps {
  readonly repository: Pick<LifecycleRepository, 'isAsleep'>;
  readonly workspaces: Pick<Workspaces['service'], 'changeByItself'>;
}

/** Wake starts a workspace that stopped because nobody used it; false: it stays as it is. */
export type Wake = (workspaceId: string) => Promise<boolean>;

/** createWake lets a visit start what idleness stopped. Whom a person, a schedule or a limit stopped stays stopped. */
export function createWake({ repository, workspaces }: WakeDeps): Wake {
  return async (workspaceId) => {
    if (!(await repository.isAsleep(workspaceId))) return false;
    try {
      const reason = 'Somebody opened its app';
      const correlationId = newCorrelationId();
      await workspaces.changeByItself(workspaceId, { desired: 'running', reason, correlationId });
      return true;
    } catch (error) {
      if (error instanceof AppError && error.code === 'limit_reached') return false;
      throw error;
    }
  };
}
