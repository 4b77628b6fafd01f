import type { Database } from '@spt-flow/db/client';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Agents } from '../agents/index.ts';
import { createBandwidth } from './bandwidth.ts';
import { createReleaseFolder, type ReleaseFolder } from './release-folder.ts';
import { createRolloutDriver, type RolloutDriver } from './rollout-driver.ts';
import { createRolloutsRepository } from './rollouts-repository.ts';
import { createRolloutsService, type RolloutsService } from './rollouts-service.ts';

export interface AgentUpdatesDeps {
  readonly db: Database;
  readonly agents: Pick<Agents, 'hub' | 'here' | 'events'>;
  readonly audit: Audit;
  readonly clock: Clock;
  /** Where publishers lay releases. */
  readonly directory: string;
  /** Of this replica, for all agents together. */
  readonly bytesPerSecond: number;
  readonly atOnce: number;
  readonly onError: (error: unknown) => void;
}

export interface AgentUpdates {
  readonly rollouts: RolloutsService;
  readonly folder: ReleaseFolder;
  readonly driver: Pick<RolloutDriver, 'start' | 'look' | 'close'>;
}

/** createAgentUpdates puts the feature together. */
export function createAgentUpdates(deps: AgentUpdatesDeps): AgentUpdates {
  const { agents, audit, clock, atOnce, onError } = deps;
  const repository = createRolloutsRepository(deps.db);
  const folder = createReleaseFolder(deps.directory);
  const { bytesPerSecond } = deps;
  const driver = createRolloutDriver({
    ...{ repository, folder, audit, clock, atOnce, onError },
    ...{ agents: agents.here, here: agents.here, hub: agents.hub },
    bandwidth: createBandwidth({ bytesPerSecond, monotonicMs: () => clock.monotonicMs() }),
  });
  agents.events.onEvent(driver.onAgentEvent);
  const onChange = () => void driver.look().catch(onError);
  const service = { repository, folder, hub: agents.hub, audit, clock, onChange };
  return { folder, driver, rollouts: createRolloutsService(service) };
}
