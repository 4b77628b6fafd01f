import type { Database } from '@spt-flow/db/client';
import type { Audit } from '../../lib/audit.ts';
import type { AgentHub } from '../agents/index.ts';
import type { Prices } from '../workspaces/index.ts';
import { createClaim } from './claim.ts';
import { createPoolKeeper, type PoolKeeperDeps } from './pool-keeper.ts';
import { createPoolsRepository } from './pools-repository.ts';
import { createPoolsService, type PoolsServiceDeps } from './pools-service.ts';

const TEND_INTERVAL_MS = 10_000;

export interface PoolsDeps
  extends
    Omit<PoolKeeperDeps, 'repository'>,
    Pick<PoolsServiceDeps, 'findTemplate' | 'chooseTemplate'> {
  readonly db: Database;
  readonly hub: Pick<AgentHub, 'isOnline'>;
  readonly prices: Prices;
  readonly audit: Audit;
}

export type Pools = ReturnType<typeof createPools>;

/** createPools puts the feature together. */
export function createPools(deps: PoolsDeps) {
  const repository = createPoolsRepository(deps.db);
  const keep = createPoolKeeper({ ...deps, repository });
  let timer: NodeJS.Timeout | undefined;
  let tending = Promise.resolve();
  let isClosed = false;

  function tend(): Promise<void> {
    if (!isClosed) tending = tending.then(keep).catch(deps.onError);
    return tending;
  }

  return {
    claim: createClaim({ ...deps, repository }),
    service: createPoolsService({ ...deps, repository, onChanged: () => void tend() }),
    /** Brings all pools to what is wanted of them; `start` does so every few seconds. */
    tend,
    start() {
      void tend();
      timer = setInterval(() => void tend(), TEND_INTERVAL_MS);
      timer.unref();
    },
    async close() {
      isClosed = true;
      clearInterval(timer);
      await tending;
    },
  };
}
