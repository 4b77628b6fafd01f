import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@spt-flow/db/client';
import { createLatestOnly } from './latest-only.ts';
import { createOpenPorts, type OpenPortsDeps } from './open-ports.ts';
import { createPortsRepository } from './ports-repository.ts';
import { createPortsService, type PortsService, type PortsServiceDeps } from './ports-service.ts';

/** A list of hundreds of ports is stored for a day each time: an agent that changes it all the time must not fill the disk. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;

export interface PortsDeps
  extends Omit<OpenPortsDeps, 'onChanged'>, Omit<PortsServiceDeps, 'repository' | 'open'> {
  readonly db: Database;
  readonly onError: (error: unknown, workspaceId: string) => void;
}

export interface Ports {
  readonly service: PortsService;
  /** From now on nobody is told of changes. */
  close(): void;
}

/** createPorts puts the feature together. */
export function createPorts(deps: PortsDeps): Ports {
  const tell = createLatestOnly((workspaceId) => service.announce(workspaceId), {
    pause: (round) => sleep(pauseMsAfter(round), undefined, { ref: false }),
    onError: deps.onError,
  });
  const open = createOpenPorts({ ...deps, onChanged: tell });
  const service = createPortsService({ ...deps, open, repository: createPortsRepository(deps.db) });
  return { service, close: open.close };
}

function pauseMsAfter(round: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (round - 1));
}
